/* An export in CSV is opened in a spreadsheet: no cell of it is a formula there, whatever members put into their log. */
#include "audit_world.h"

#include "native/audit/audit_export.h"

TestSuite(audit_form, .init = open_log, .fini = close_log);

/* The cell at the front, without its quotes; moves past it and what ends it. */
static const char *next_cell(const char **at)
{
    struct buf cell = { 0 };
    bool quoted = **at == '"';
    for (*at += quoted; **at != '\0' && (quoted || strchr(",\r\n", **at) == NULL); ++*at) {
        if (quoted && **at == '"' && *++*at != '"')
            break;
        buf_append_byte(&cell, (uint8_t)**at);
    }
    *at += strspn(*at, "\r\n") > 0 ? strspn(*at, "\r\n") : **at == ',';
    const char *copy = arena_string(&w->arena, buf_slice(&cell));
    buf_done(&cell);
    return copy;
}

Test(audit_form, no_cell_is_a_formula)
{
    static const char *const texts[] = { "=1+1", "+1", "-1", "@SUM(1)", "\\t=1", "\\r=1", "\\n=1", "'=1", "1=1", "", "=HYPERLINK(\\\"x\\\",\\\"y\\\")" };
    struct buf file = { 0 };
    int formulas = 0, told = 0;
    world_commit(w);
    SUCCEED(world_migrate(w, "20251002000002_create_enhanced_audit_logging.sql",
                          world_file("schema/migrations/20251002000002_create_enhanced_audit_logging.sql", &file)));
    world_begin(w);
    w->host.exports = w->dir;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        SUCCEED(world_call(w, call_method, "[\"append_audit_log\",{\"action_type\":\"did\",\"user_agent\":\"%s\",\"resource_id\":\"%s\",\"organization_id\":\"%s\"}]",
                           texts[i], texts[i], ORG));
    SUCCEED(world_call(w, call_method, "[\"export_audit_log\",{\"format\":\"csv\",\"organization_id\":\"%s\"}]", ORG));
    const char *path = arena_string(&w->arena, text_of("file_path"));
    world_file(path, &file);
    for (const char *at = buf_text(&file); *at != '\0';) {
        const char *cell = next_cell(&at);
        formulas += *cell != '\0' && strchr("=+-@\t\r\n", *cell) != NULL;
        told += strcmp(cell, "'=1+1") == 0 || strcmp(cell, "1=1") == 0 || strcmp(cell, "'=HYPERLINK(\"x\",\"y\")") == 0;
    }
    cr_expect_eq(formulas, 0, "%d cells begin a formula", formulas);
    cr_expect_eq(told, 6, "%d cells say what was logged", told);
    buf_done(&file);
}
