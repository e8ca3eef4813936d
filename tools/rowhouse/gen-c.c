/* Typed records for C: a struct a table and the description that rh_record_read() and rh_record_insert() walk. */
#include <string.h>

#include "catalog/catalog.h"
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

/* "auth.users" is rh_auth_users; a name that C or C++ keeps for itself gets an underscore. */
static void print_name(const char *name)
{
    static const char *const reserved[] = { "operator", "class", "default", "case", "new", "delete", "template", "this", "public", "private", "has", "int",
                                            "float", "double", "char", "short", "long", "static", "register", "namespace", "using", "virtual" };
    for (const char *at = name; *at != '\0'; at++)
        putchar(*at == '.' ? '_' : *at);
    for (size_t i = 0; i < sizeof reserved / sizeof *reserved; i++)
        if (strcmp(name, reserved[i]) == 0)
            putchar('_');
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

static void print_struct(const struct table *table)
{
    struct arena arena;
    arena_init(&arena, SIZE_MAX);
    printf("\n/* %s%s%s */\nstruct rh_", table->qualified, table->comment != NULL ? ": " : "", table->comment != NULL ? table->comment : "");
    print_name(table->qualified);
    printf(" {\n");
    for (int i = 0; i < table->column_count; i++) {
        const struct column *column = &table->columns[i];
        if (column->dropped)
            continue;
        printf("    %s ", kind_of(column->type).c_type);
        print_name(column->name);
        printf(";  /* %s%s */\n", type_name(column->type, &arena), column->not_null ? " NOT NULL" : "");
    }
    printf("    struct {\n        bool ");
    for (int i = 0, first = 1; i < table->column_count; i++)
        if (!table->columns[i].dropped) {
            fputs(first ? "" : ", ", stdout);
            print_name(table->columns[i].name);
            first = 0;
        }
    printf(";\n    } has;\n};\n");
    arena_done(&arena);
}

static void print_description(const struct table *table)
{
    int count = 0;
    printf("static const struct rh_field rh_");
    print_name(table->qualified);
    printf("_fields[] = {\n");
    for (int i = 0; i < table->column_count; i++) {
        const struct column *column = &table->columns[i];
        if (column->dropped)
            continue;
        count++;
        printf("    { \"%s\", %s, %s, offsetof(struct rh_", column->name, kind_of(column->type).field_type, column->generated != NULL ? "true" : "false");
        print_name(table->qualified);
        printf(", ");
        print_name(column->name);
        printf("), offsetof(struct rh_");
        print_name(table->qualified);
        printf(", has.");
        print_name(column->name);
        printf(") },\n");
    }
    printf("};\nstatic const struct rh_record rh_");
    print_name(table->qualified);
    printf("_record = { \"%s\", %d, rh_", table->qualified, count);
    print_name(table->qualified);
    printf("_fields };\n");
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
        for (int i = 0; i < catalog->table_count; i++) {
            print_struct(catalog->tables[i]);
            print_description(catalog->tables[i]);
        }
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
