/* What the server holds to on some tables for every caller, because the table's comment says so. A comment is part of the schema: it
 * comes by a migration, is recorded with it, and no tenant can switch it off.
 *
 *  append_only   "@append_only", records of what happened: methods and SQL add rows and never change or remove them, whoever asks. Native
 *                functions may: retention is one of them.
 *  sync          "@sync", what nobody may lose: a transaction that writes rows of it is acknowledged when it is synced, whatever the caller asks.
 *  audited       "@audit": writes leave an entry in the organization's audit log.
 *  chained       the table that holds the audit logs themselves: only append_audit_log adds to one, so it is append-only without a word. */
#include "catalog/fold.h"

#include <ctype.h>
#include <string.h>

bool comment_says(const char *comment, const char *word)
{
    size_t size = strlen(word);
    for (const char *at = comment; at != NULL && (at = strstr(at, word)) != NULL; at += size)
        if ((at == comment || !isalnum((unsigned char)at[-1])) && !isalnum((unsigned char)at[size]) && at[size] != '_' && at[size] != '-')
            return true;
    return false;
}

static bool housed(const struct table *table)
{
    return table->tenancy == TENANCY_TENANT || table->tenancy == TENANCY_CHILD;
}

static bool auditable(const struct table *table)
{
    return housed(table) && !table->append_only;
}

void protect_derive(struct draft *draft)
{
    struct catalog *catalog = &draft->catalog;
    for (int i = 0; i < catalog->table_count; i++) {
        struct table *table = catalog->tables[i];
        table->chained = table == catalog->references[REFERENCE_AUDIT_LOGS_ENHANCED];
        table->append_only = table->chained || comment_says(table->comment, "@append_only");
        table->sync = comment_says(table->comment, "@sync");
        table->audited = comment_says(table->comment, "@audit") && auditable(table);
    }
}

int protect_judge(struct fold *f)
{
    const struct catalog *catalog = &f->draft->catalog;
    for (int i = 0; i < catalog->table_count; i++) {
        const struct table *table = catalog->tables[i];
        if (comment_says(table->comment, "@audit") && !auditable(table))
            return fail(f->error, SQLSTATE_FEATURE_NOT_SUPPORTED, "\"%s\" cannot be audited: %s", table->qualified,
                        housed(table) ? "it is a record itself" : "its rows belong to no organization, which a log does");
    }
    return 0;
}
