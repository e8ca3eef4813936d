#include "rules.h"

#include <stdio.h>
#include <time.h>

#define TOUCHED "2222-02-02 00:00:00+00"

/* A trigger does not see which columns an update gives; one of UPDATE OF fires where it gives that one, and before the other by name. */
static const char functions[] =
    "CREATE SCHEMA rules;"
    "CREATE FUNCTION rules.given() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
    "  PERFORM set_config('rules.given', 'yes', true); RETURN NEW; END $$;"
    "CREATE FUNCTION rules.touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
    "  IF current_setting('rules.given', true) IS DISTINCT FROM 'yes' THEN NEW.updated_at := '" TOUCHED "'; END IF;"
    "  PERFORM set_config('rules.given', 'no', true); RETURN NEW; END $$;"
    "CREATE FUNCTION rules.promote() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
    "  IF current_user IN ('anon', 'authenticated') AND NOT auth.is_super_admin() THEN"
    "    RAISE insufficient_privilege USING MESSAGE = 'only a super admin makes super admins'; END IF; RETURN NEW; END $$;"
    "CREATE TRIGGER c_promote BEFORE UPDATE ON profiles FOR EACH ROW"
    "  WHEN (NEW.role = 'super_admin' AND OLD.role <> 'super_admin') EXECUTE FUNCTION rules.promote()";

static char begun[32];                      /* as PostgreSQL prints a time of UTC */

static void print_now(char *ret)
{
    struct timespec now;                    /* time() may be a tick behind */
    clock_gettime(CLOCK_REALTIME, &now);
    strftime(ret, sizeof begun, "%Y-%m-%d %H:%M:%S", gmtime(&now.tv_sec));
}

void rules_begin(PGconn *judge, const struct meta *meta)
{
    PQclear(pg_query(judge, functions));
    for (int i = 0; i < meta->count; i++)
        for (int k = 0; k < meta->tables[i].column_count; k++) {
            char sql[512];
            if (!meta->tables[i].columns[k].touched)
                continue;
            snprintf(sql, sizeof sql, "CREATE TRIGGER a_given BEFORE UPDATE OF updated_at ON %s FOR EACH ROW EXECUTE FUNCTION rules.given();"
                     "CREATE TRIGGER b_touch BEFORE UPDATE ON %s FOR EACH ROW EXECUTE FUNCTION rules.touch()", meta->tables[i].name, meta->tables[i].name);
            PQclear(pg_query(judge, sql));
        }
    print_now(begun);
}

static bool is_touched(const char *text)
{
    char now[sizeof begun];
    print_now(now);
    return strcmp(text, TOUCHED) == 0 || (strcmp(text, begun) >= 0 && strncmp(text, now, strlen(now)) <= 0);
}

void rules_normalize(const struct operation *op, struct outcome *outcome)
{
    if (op->kind == OPERATION_SQL || op->kind == OPERATION_AGGREGATE || op->kind == OPERATION_COUNT || op->returning != NULL)
        return;
    for (int i = 0; i < op->output_count && outcome->width == op->output_count; i++)
        for (int row = 0; row < outcome->row_count && op->outputs[i]->touched; row++) {
            const char **cell = &outcome->cells[row * outcome->width + i];
            if (*cell != NULL && is_touched(*cell))
                *cell = "touched";
        }
}
