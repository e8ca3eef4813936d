/* Lines of text as a PDF of A4 pages, by libharu. Its built-in fonts know WinAnsi: other characters are printed as '?';
 * the forms json and csv have them all. */
#include <hpdf.h>

#include "native/audit/audit_export.h"

#define MARGIN 40.0f
#define FONT_SIZE 7.5f
#define LEADING 10.0f
#define ROW_WIDTH 118                    /* characters of Courier between the margins; longer lines go on below */

struct printing {
    HPDF_Doc pdf;
    HPDF_Font font;
    HPDF_Page page;
    float y;
    int pages;
};

/* libharu calls this when something fails and goes on refusing; what it was is asked for at the end. */
static void on_error(HPDF_STATUS code, HPDF_STATUS detail, void *env)
{
}

static void next_page(struct printing *p)
{
    p->page = HPDF_AddPage(p->pdf);
    HPDF_Page_SetSize(p->page, HPDF_PAGE_SIZE_A4, HPDF_PAGE_PORTRAIT);
    HPDF_Page_SetFontAndSize(p->page, p->font, FONT_SIZE);
    p->y = HPDF_Page_GetHeight(p->page) - MARGIN;
    p->pages++;
}

static void print_row(struct printing *p, const char *text)
{
    if (p->page == NULL || p->y < MARGIN)
        next_page(p);
    HPDF_Page_BeginText(p->page);
    HPDF_Page_TextOut(p->page, MARGIN, p->y, text);
    HPDF_Page_EndText(p->page);
    p->y -= LEADING;
}

/* One character of UTF-8 as WinAnsi, as far as that is Latin-1. */
static char narrow(struct slice text, size_t *at)
{
    uint8_t c = text.data[*at];
    size_t size = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
    char result = c < 0x80 ? (char)c : '?';
    if (size == 2 && *at + 1 < text.size && (c == 0xc2 || c == 0xc3))
        result = (char)((c & 3) << 6 | (text.data[*at + 1] & 0x3f));
    *at += size;
    return result;
}

static void print_line(struct printing *p, struct slice line)
{
    char row[ROW_WIDTH + 1];
    size_t at = 0;
    do {
        int width = 0;
        while (width < ROW_WIDTH && at < line.size)
            row[width++] = narrow(line, &at);
        row[width] = '\0';
        print_row(p, row);
    } while (at < line.size);
}

static void print_lines(struct printing *p, struct slice text)
{
    while (text.size > 0) {
        const uint8_t *end = memchr(text.data, '\n', text.size);
        size_t size = end == NULL ? text.size : (size_t)(end - text.data);
        print_line(p, slice_of(text.data, size));
        text = slice_of(text.data + size + (end != NULL), text.size - size - (end != NULL));
    }
}

static int save(struct printing *p, struct buf *out)
{
    HPDF_UINT32 size;
    if (HPDF_GetError(p->pdf) != HPDF_OK || HPDF_SaveToStream(p->pdf) != HPDF_OK)
        return -1;
    size = HPDF_GetStreamSize(p->pdf);
    HPDF_ResetStream(p->pdf);
    if (HPDF_ReadFromStream(p->pdf, buf_reserve(out, size), &size) != HPDF_OK)
        return -1;
    out->size += size;
    return 0;
}

int audit_pdf(const struct audit_export *export, struct slice body, struct slice checkpoint, struct buf *out, struct error *error)
{
    struct printing p = { .pdf = HPDF_New(on_error, NULL) };
    struct buf head = { 0 };
    if (p.pdf == NULL)
        return fail(error, SQLSTATE_OUT_OF_MEMORY, "no memory for a PDF");
    HPDF_SetCompressionMode(p.pdf, HPDF_COMP_ALL);
    p.font = HPDF_GetFont(p.pdf, "Courier", "WinAnsiEncoding");
    buf_printf(&head, "Audit log %s\n%lld entries%s\n", export->origin, (long long)export->entries,
               export->complete ? ", all that the log has" : ", selected");
    if (export->removed > 0)
        buf_printf(&head, "The first %lld entries were removed; their stub is at the end.\n", (long long)export->removed);
    buf_append_byte(&head, '\n');
    print_lines(&p, buf_slice(&head));
    print_lines(&p, body);
    print_lines(&p, SLICE_LITERAL("\nSigned checkpoint of the log:\n\n"));
    print_lines(&p, checkpoint);
    if (export->removed > 0) {
        print_lines(&p, SLICE_LITERAL("\nSigned stub of the entries that were removed:\n\n"));
        print_lines(&p, export->stub);
    }
    int result = save(&p, out);
    if (result < 0)
        fail(error, SQLSTATE_INTERNAL_ERROR, "the PDF could not be made: libharu's error 0x%04lx", (unsigned long)HPDF_GetError(p.pdf));
    HPDF_Free(p.pdf);
    buf_done(&head);
    return result;
}
