/* Typed records for C: a struct a table and the description that rh_record_read() and rh_record_insert() walk. */
#include "catalog/catalog.h"
#include "c-names.h"
#include "cli.h"
#include "files.h"

static const char head[] =
    "/* Typed records of the schema, made by `rowhouse gen-c`; do not edit.\n"
    " *\n"
    " * Each table has a struct, `has` in it says which members are there (NULL when read, left out when inserted), and a\n"
    " * description for rh_record_read() and rh_record_insert(). Text members of a record that was read borrow its reply. */\n"
    "#ifndef ROWHOUSE_RECORDS_H\n"
    "#define ROWHOUSE_RECORDS_H\n\n"
    "#include <rowhouse/rowhouse.h>\n\n"
    "#ifdef __cplusplus\n"
    "extern \"C\" {\n"
    "#endif\n";

/* A comment ends where the text of another one would. */
static void print_comment(const char *text)
{
    for (; *text != '\0'; text++) {
        putchar(*text == '\n' ? ' ' : *text);
        if ((text[0] == '*' && text[1] == '/') || (text[0] == '/' && text[1] == '*'))
            putchar(' ');
    }
}

/* A string of C: octal escapes end after three digits, whatever follows. */
static void print_string(const char *text)
{
    putchar('"');
    for (; *text != '\0'; text++)
        if (*text == '"' || *text == '\\' || *text == '?')
            printf("\\%c", *text);
        else if ((unsigned char)*text < ' ' || (unsigned char)*text >= 0x7f)
            printf("\\%03o", (unsigned char)*text);
        else
            putchar(*text);
    putchar('"');
}

struct field_kind {
    const char *c_type, *field_type;
};

static struct field_kind kind_of(struct type type)
{
    if (type.array)
        return (struct field_kind){ "struct rh_cell", "RH_FIELD_CELL" };
    switch (type.id) {
    case TYPE_BOOL:        return (struct field_kind){ "bool", "RH_FIELD_BOOL" };
    case TYPE_INT2:
    case TYPE_INT4:
    case TYPE_INT8:        return (struct field_kind){ "int64_t", "RH_FIELD_INT" };
    case TYPE_FLOAT4:
    case TYPE_FLOAT8:      return (struct field_kind){ "double", "RH_FIELD_DOUBLE" };
    case TYPE_TEXT:
    case TYPE_VARCHAR:
    case TYPE_ENUM:
    case TYPE_JSON:
    case TYPE_INET:        return (struct field_kind){ "struct rh_string", "RH_FIELD_TEXT" };
    case TYPE_BYTEA:       return (struct field_kind){ "struct rh_string", "RH_FIELD_BYTES" };
    case TYPE_UUID:        return (struct field_kind){ "struct rh_uuid", "RH_FIELD_UUID" };
    case TYPE_TIMESTAMPTZ:
    case TYPE_TIMESTAMP:
    case TYPE_DATE:        return (struct field_kind){ "int64_t", "RH_FIELD_TIME" };
    default:               return (struct field_kind){ "struct rh_cell", "RH_FIELD_CELL" };
    }
}

/* A table under C's names; dropped columns are left out. */
struct record {
    const struct table *table;
    const char *tag;
    int count;
    const struct column *columns[COLUMNS_MAX];
    const char **members;
};

static void record_of(const struct table *table, const char *tag, struct arena *arena, struct record *ret)
{
    const char *names[COLUMNS_MAX];
    *ret = (struct record){ .table = table, .tag = tag };
    for (int i = 0; i < table->column_count; i++)
        if (!table->columns[i].dropped) {
            names[ret->count] = table->columns[i].name;
            ret->columns[ret->count++] = &table->columns[i];
        }
    ret->members = c_names(C_MEMBERS, names, ret->count, arena);
}

static void print_struct(const struct record *record, struct arena *arena)
{
    const char *comment = record->table->comment;
    printf("\n/* ");
    print_comment(arena_printf(arena, "%s%s%s", record->table->qualified, comment != NULL ? ": " : "", comment != NULL ? comment : ""));
    printf(" */\nstruct rh_%s {\n", record->tag);
    for (int i = 0; i < record->count; i++) {
        printf("    %s %s;  /* ", kind_of(record->columns[i]->type).c_type, record->members[i]);
        print_comment(type_name(record->columns[i]->type, arena));
        printf("%s */\n", record->columns[i]->not_null ? " NOT NULL" : "");
    }
    printf("    struct {\n        bool ");
    for (int i = 0; i < record->count; i++)
        printf("%s%s", i > 0 ? ", " : "", record->members[i]);
    printf(";\n    } has;\n};\n");
}

static void print_description(const struct record *record)
{
    printf("static const struct rh_field rh_%s_fields[] = {\n", record->tag);
    for (int i = 0; i < record->count; i++) {
        const struct column *column = record->columns[i];
        printf("    { ");
        print_string(column->name);
        printf(", %s, %s, offsetof(struct rh_%s, %s), offsetof(struct rh_%s, has.%s) },\n", kind_of(column->type).field_type,
               column->generated != NULL ? "true" : "false", record->tag, record->members[i], record->tag, record->members[i]);
    }
    printf("};\nstatic const struct rh_record rh_%s_record = { ", record->tag);
    print_string(record->table->qualified);
    printf(", %d, rh_%s_fields };\n", record->count, record->tag);
}

static void print_records(const struct catalog *catalog)
{
    struct arena arena;
    struct record record;
    arena_init(&arena, SIZE_MAX);
    const char **names = ARENA_ARRAY(&arena, const char *, catalog->table_count + 1);
    for (int i = 0; i < catalog->table_count; i++)
        names[i] = catalog->tables[i]->qualified;
    const char **tags = c_names(C_TAGS, names, catalog->table_count, &arena);
    for (int i = 0; i < catalog->table_count; i++) {
        record_of(catalog->tables[i], tags[i], &arena, &record);
        if (record.count == 0)                          /* C has no empty struct */
            continue;
        print_struct(&record, &arena);
        print_description(&record);
    }
    arena_done(&arena);
}

static int fold(struct cli *cli, struct catalog *catalog, const struct file_list *files)
{
    for (int i = 0; i < files->count; i++) {
        struct effects effects;
        struct slice text = slice_of(files->files[i].text.data, files->files[i].text.size);
        if (catalog_apply(catalog, files->files[i].name, text, 0, &effects, &cli->error) < 0)
            return cli_failed(cli, &cli->error);
    }
    return EXIT_DONE;
}

static int run(struct cli *cli)
{
    struct file_list files = { 0 };
    struct catalog *catalog = catalog_new();
    int code = EXIT_DONE;
    for (int i = 0; code == EXIT_DONE && i < cli->argc; i++)
        code = files_add(cli, &files, cli->argv[i]);
    if (code == EXIT_DONE)
        code = fold(cli, catalog, &files);
    if (code == EXIT_DONE) {
        fputs(head, stdout);
        print_records(catalog);
        printf("\n#ifdef __cplusplus\n}\n#endif\n\n#endif\n");
    }
    catalog_free(catalog);
    files_done(&files);
    return code;
}

const struct command gen_c_command = {
    .name = "gen-c", .arguments = "FILE|FOLDER...", .summary = "typed C records from migrations", .arguments_min = 1, .arguments_max = -1,
    .description = "Prints a header with a struct for each table that the migrations make. Needs no server.\n\n"
                   "    rowhouse gen-c schema/migrations > include/rowhouse/records.h",
    .options = { { NULL, NULL, NULL } },
    .run = run,
};
