#include "restore-input.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "value/utf8.h"

void input_start(struct input *input, FILE *in)
{
    *input = (struct input){ .in = in };
}

void input_done(struct input *input)
{
    if (input->converts)
        iconv_close(input->converter);
    free(input->raw);
    buf_done(&input->text);
    buf_done(&input->statement);
}

/* --- Encodings --- */

/* PostgreSQL's names without what is no letter or digit, and iconv's where these are not the same. */
static const struct { const char *name, *iconv; } encodings[] = {
    { "LATIN1", "ISO-8859-1" }, { "LATIN2", "ISO-8859-2" }, { "LATIN3", "ISO-8859-3" }, { "LATIN4", "ISO-8859-4" }, { "LATIN5", "ISO-8859-9" },
    { "LATIN6", "ISO-8859-10" }, { "LATIN7", "ISO-8859-13" }, { "LATIN8", "ISO-8859-14" }, { "LATIN9", "ISO-8859-15" }, { "LATIN10", "ISO-8859-16" },
    { "ISO88595", "ISO-8859-5" }, { "ISO88596", "ISO-8859-6" }, { "ISO88597", "ISO-8859-7" }, { "ISO88598", "ISO-8859-8" },
    { "WIN", "CP1251" }, { "WIN866", "CP866" }, { "ALT", "CP866" }, { "WIN874", "CP874" }, { "WIN1250", "CP1250" }, { "WIN1251", "CP1251" },
    { "WIN1252", "CP1252" }, { "WIN1253", "CP1253" }, { "WIN1254", "CP1254" }, { "WIN1255", "CP1255" }, { "WIN1256", "CP1256" }, { "WIN1257", "CP1257" },
    { "WIN1258", "CP1258" }, { "VSCII", "CP1258" }, { "TCVN", "CP1258" }, { "ABC", "CP1258" },
    { "KOI8", "KOI8-R" }, { "KOI8R", "KOI8-R" }, { "KOI8U", "KOI8-U" }, { "EUCJP", "EUC-JP" }, { "EUCCN", "EUC-CN" }, { "EUCKR", "EUC-KR" },
    { "EUCTW", "EUC-TW" }, { "EUCJIS2004", "EUC-JISX0213" }, { "SJIS", "CP932" }, { "MSKANJI", "CP932" }, { "SHIFTJIS", "CP932" }, { "WIN932", "CP932" },
    { "WINDOWS932", "CP932" }, { "SHIFTJIS2004", "SHIFT_JISX0213" }, { "BIG5", "CP950" }, { "WIN950", "CP950" }, { "WINDOWS950", "CP950" },
    { "GBK", "CP936" }, { "WIN936", "CP936" }, { "WINDOWS936", "CP936" }, { "UHC", "CP949" }, { "WIN949", "CP949" }, { "WINDOWS949", "CP949" },
};

int input_encoding(struct input *input, const char *name, struct error *error)
{
    char plain[32];
    size_t used = 0;
    for (const char *at = name; *at != '\0' && used + 1 < sizeof plain; at++)
        if (isalnum((unsigned char)*at))
            plain[used++] = (char)toupper((unsigned char)*at);
    plain[used] = '\0';
    if (input->converts)
        iconv_close(input->converter);
    input->converts = false;
    if (strcmp(plain, "UTF8") == 0 || strcmp(plain, "UNICODE") == 0 || strcmp(plain, "SQLASCII") == 0)
        return 0;
    const char *known = name;
    for (size_t i = 0; i < sizeof encodings / sizeof *encodings; i++)
        if (strcmp(encodings[i].name, plain) == 0)
            known = encodings[i].iconv;
    input->converter = iconv_open("UTF-8", known);
    if (input->converter == (iconv_t)-1)
        return fail(error, SQLSTATE_INVALID_PARAMETER_VALUE, "the encoding \"%s\" is not known", name);
    input->converts = true;
    return 0;
}

static int convert(struct input *input, size_t size, struct error *error)
{
    char *in = input->raw;
    iconv(input->converter, NULL, NULL, NULL, NULL);
    while (size > 0) {
        size_t room = 4 * size + 16, left = room;
        char *out = (char *)buf_reserve(&input->text, room);
        size_t got = iconv(input->converter, &in, &size, &out, &left);
        input->text.size += room - left;
        if (got == (size_t)-1 && errno != E2BIG)
            return fail(error, SQLSTATE_CHARACTER_NOT_IN_REPERTOIRE, "there are bytes that are no text in the encoding that the dump says it has");
    }
    return 0;
}

/* --- Lines --- */

int input_line(struct input *input, struct slice *ret, struct error *error)
{
    buf_clear(&input->text);
    input->at = 0;
    ssize_t got = getline(&input->raw, &input->room, input->in);
    if (got <= 0)
        return ferror(input->in) ? fail(error, SQLSTATE_IO_ERROR, "cannot read the dump: %s", strerror(errno)) : 0;
    input->line++;
    size_t size = (size_t)got;
    size -= size > 0 && input->raw[size - 1] == '\n';
    size -= size > 0 && input->raw[size - 1] == '\r';
    if (memchr(input->raw, '\0', size) != NULL)
        return fail(error, SQLSTATE_CHARACTER_NOT_IN_REPERTOIRE, "there are zero bytes: this is no dump, or a damaged one");
    if (input->converts ? convert(input, size, error) < 0 : (buf_append(&input->text, input->raw, size), false))
        return -1;
    if (utf8_check(buf_slice(&input->text), error) < 0)
        return -1;
    *ret = buf_slice(&input->text);
    return 1;
}

/* --- Statements --- */

struct lexer {
    enum { LEX_PLAIN, LEX_STRING, LEX_ESCAPED, LEX_NAME, LEX_DOLLAR, LEX_COMMENT } state;
    int comments, parentheses, blocks;          /* that are open; blocks: of a function's BEGIN ATOMIC */
    char tag[66];                   /* of a dollar quote */
};

static bool in_word(uint8_t c)
{
    return isalnum(c) || c == '_' || c >= 0x80;
}

/* The bytes before the end of what the statement has. */
static uint8_t before(const struct buf *statement, size_t back)
{
    return statement->size >= back ? statement->data[statement->size - back] : ' ';
}

/* Whether the statement ends in this word, but for its last `back` bytes. */
static bool ends_in_word(const struct buf *statement, size_t back, const char *word)
{
    size_t size = strlen(word);
    return statement->size >= back + size && strncasecmp((const char *)statement->data + statement->size - back - size, word, size) == 0 &&
           !in_word(before(statement, back + size + 1));
}

static bool ends_in_atomic(const struct buf *statement)
{
    size_t back = strlen("ATOMIC"), word = back;
    if (!ends_in_word(statement, 0, "ATOMIC"))
        return false;
    while (isspace(before(statement, back + 1)) && back < statement->size)
        back++;
    return back > word && ends_in_word(statement, back, "BEGIN");
}

/* How deep a function's own statements are, at the end of a word: BEGIN ATOMIC ... END, with CASE ... END in them. */
static void count_blocks(struct lexer *lexer, const struct buf *statement)
{
    if (lexer->blocks == 0 ? ends_in_atomic(statement) : ends_in_word(statement, 0, "CASE"))
        lexer->blocks++;
    else if (lexer->blocks > 0 && ends_in_word(statement, 0, "END"))
        lexer->blocks--;
}

/* Begins a string; a plain one in which backslashes escape becomes one that says so. */
static void begin_string(struct lexer *lexer, struct input *input)
{
    struct buf *statement = &input->statement;
    uint8_t last = before(statement, 1);
    bool prefixed = strchr("eEbBxX", last) != NULL && !in_word(before(statement, 2));
    bool escaped = prefixed && (last == 'e' || last == 'E');
    bool unicode = last == '&' && strchr("uU", before(statement, 2)) != NULL;
    if (input->backslashes && !prefixed && !unicode) {
        buf_append_byte(statement, 'E');
        escaped = true;
    }
    lexer->state = escaped ? LEX_ESCAPED : LEX_STRING;
}

/* A dollar quote that begins at `at`: its tag; false when there is none. */
static bool begin_dollar(struct lexer *lexer, const struct buf *statement, const char *at)
{
    size_t size = 1;
    while (in_word((uint8_t)at[size]) && size < sizeof lexer->tag - 2)
        size++;
    if (at[size] != '$' || isdigit((unsigned char)at[1]) || in_word(before(statement, 1)))
        return false;
    snprintf(lexer->tag, sizeof lexer->tag, "%.*s", (int)size + 1, at);
    lexer->state = LEX_DOLLAR;
    return true;
}

/* What stands at `at` of a line (NUL at its end) in a comment or plain; how many bytes it takes. `over`: the statement ends with it. */
static size_t lex_plain(struct lexer *lexer, struct input *input, const char *at, bool *over)
{
    struct buf *statement = &input->statement;
    bool closes = at[0] == '*' && at[1] == '/', opens = at[0] == '/' && at[1] == '*';
    if (lexer->state == LEX_COMMENT) {
        lexer->comments += opens - closes;
        lexer->state = lexer->comments > 0 ? LEX_COMMENT : LEX_PLAIN;
        return opens || closes ? 2 : 1;
    }
    if (!in_word((uint8_t)at[0]))
        count_blocks(lexer, statement);
    if (opens) {
        lexer->comments = 1;
        lexer->state = LEX_COMMENT;
    }
    bool rest = at[0] == '-' && at[1] == '-';
    if ((opens || rest) && statement->size > 0)
        buf_append_byte(statement, ' ');
    if (opens || rest)
        return opens ? 2 : strlen(at);
    lexer->parentheses += at[0] == '(' ? 1 : at[0] == ')' && lexer->parentheses > 0 ? -1 : 0;
    if (at[0] == ';' && lexer->parentheses == 0 && lexer->blocks == 0) {
        *over = true;
        return 1;
    }
    if (at[0] == '$' && begin_dollar(lexer, statement, at)) {
        buf_append_string(statement, lexer->tag);
        return strlen(lexer->tag);
    }
    if (at[0] == '\'')
        begin_string(lexer, input);
    else if (at[0] == '"')
        lexer->state = LEX_NAME;
    if (statement->size > 0 || at[0] != ' ')
        buf_append_byte(statement, (uint8_t)at[0]);
    return 1;
}

static size_t lex_quoted(struct lexer *lexer, struct buf *statement, const char *at)
{
    size_t size = 1;
    if (lexer->state == LEX_DOLLAR && strncmp(at, lexer->tag, strlen(lexer->tag)) == 0) {
        size = strlen(lexer->tag);
        lexer->state = LEX_PLAIN;
    } else if (lexer->state == LEX_ESCAPED && at[0] == '\\' && at[1] != '\0') {
        size = 2;
    } else if (at[0] == (lexer->state == LEX_NAME ? '"' : '\'') && lexer->state != LEX_DOLLAR) {
        if (at[1] == at[0])
            size = 2;
        else
            lexer->state = LEX_PLAIN;
    }
    buf_append(statement, at, size);
    return size;
}

/* What is left of the line; true when the statement ends in it. */
static bool lex_line(struct lexer *lexer, struct input *input)
{
    const char *text = buf_text(&input->text);
    bool over = false;
    while (!over && input->at < input->text.size) {
        if (input->statement.size == 0)
            input->statement_line = input->line;
        bool plain = lexer->state == LEX_PLAIN || lexer->state == LEX_COMMENT;
        input->at += plain ? lex_plain(lexer, input, text + input->at, &over) : lex_quoted(lexer, &input->statement, text + input->at);
        over = over && input->statement.size > 0;
    }
    if (!over && input->statement.size > 0) {
        if (lexer->state == LEX_PLAIN)
            count_blocks(lexer, &input->statement);
        buf_append_byte(&input->statement, '\n');
    }
    return over;
}

static int whole_line(struct input *input, enum input_kind kind)
{
    input->statement_line = input->line;
    buf_append_slice(&input->statement, buf_slice(&input->text));
    input->at = input->text.size;
    return (int)kind;
}

static bool begins_with_one(struct slice line, const char *const *prefixes)
{
    for (; *prefixes != NULL; prefixes++)
        if (line.size >= strlen(*prefixes) && memcmp(line.data, *prefixes, strlen(*prefixes)) == 0)
            return true;
    return false;
}

int input_statement(struct input *input, const char *const *kept, struct error *error)
{
    struct lexer lexer = { 0 };
    struct slice line;
    buf_clear(&input->statement);
    while (!lex_line(&lexer, input)) {
        int got = input_line(input, &line, error);
        bool between = input->statement.size == 0 && lexer.state == LEX_PLAIN;
        if (got < 0)
            return -1;
        if (got == 0 && between)
            return INPUT_END;
        if (got == 0)
            return fail(error, SQLSTATE_SYNTAX_ERROR, "the dump ends in the middle of a statement");
        if (between && line.size > 0 && line.data[0] == '\\')
            return whole_line(input, INPUT_COMMAND);
        if (between && begins_with_one(line, kept))
            return whole_line(input, INPUT_COMMENT);
    }
    return INPUT_STATEMENT;
}
