#include "native/native.h"

#include <assert.h>
#include <pthread.h>
#include <string.h>

#include "catalog/rights.h"
#include "native/groups.h"
#include "value/mp.h"

static const struct native_function *const groups[] = { NATIVE_GROUPS };
static const struct native_function *functions[NATIVE_FUNCTIONS_MAX];
static int function_count;
static pthread_once_t gathered = PTHREAD_ONCE_INIT;

static void gather(void)
{
    for (size_t g = 0; g < sizeof groups / sizeof *groups; g++)
        for (const struct native_function *f = groups[g]; f->name != NULL; f++) {
            assert(function_count < NATIVE_FUNCTIONS_MAX);
            functions[function_count++] = f;
        }
}

const struct native_function *const *native_table(int *ret_count)
{
    pthread_once(&gathered, gather);
    *ret_count = function_count;
    return functions;
}

const struct native_function *native_find(struct slice name)
{
    int count;
    const struct native_function *const *table = native_table(&count);
    for (int i = 0; i < count; i++)
        if (slice_is(name, table[i]->name))
            return table[i];
    return NULL;
}

const char *native_parameter_name(const struct catalog *catalog, const struct native_function *function, const char *parameter)
{
    const struct declaration *declared = catalog_declaration(catalog, function->name);
    for (int i = 0; declared != NULL && i < declared->count; i++)
        if (strcmp(function->parameters[declared->parameters[i].parameter].name, parameter) == 0)
            return declared->parameters[i].name;
    return declared == NULL ? parameter : "";
}

int native_refuse_others(const char *name, struct error *error)
{
    fail(error, SQLSTATE_INSUFFICIENT_PRIVILEGE, "\"%s\" is for the service role", name);
    return fail_hint(error, "sign in with the service key (service.key in the server's data directory), or a token whose role is service_role");
}

static int check_caller(const struct native_function *function, const struct principal *who, struct error *error)
{
    switch (function->caller) {
    case CALLER_SIGNED_IN:
        return 0;
    case CALLER_MEMBER:
        if (principal_enters_all(who) || who->has_house)
            return 0;
        return fail(error, SQLSTATE_INSUFFICIENT_PRIVILEGE, "\"%s\" is for members of an organization", function->name);
    case CALLER_ADMIN:
        if (principal_enters_all(who))
            return 0;
        return fail(error, SQLSTATE_INSUFFICIENT_PRIVILEGE, "\"%s\" is for super admins and the service role", function->name);
    case CALLER_SERVICE:
        if (who->role == ROLE_SERVICE)
            return 0;
        return native_refuse_others(function->name, error);
    }
    assert(!"a caller of the list");
    return -1;
}

static int missing(struct request *rq, const struct native_function *function, const char *name)
{
    return fail(rq->error, SQLSTATE_UNDEFINED_PARAMETER, "function \"%s\" needs its parameter \"%s\"", function->name, name);
}

/* What a declaration says of parameters that are left out. */
static int fill_declared(struct request *rq, const struct native_function *function, unsigned given, struct value *values)
{
    const struct declaration *declared = catalog_declaration(rq->view->catalog, function->name);
    for (int i = 0; declared != NULL && i < declared->count; i++) {
        const struct declared_parameter *parameter = &declared->parameters[i];
        if ((given & 1u << parameter->parameter) != 0)
            continue;
        if (parameter->required)
            return missing(rq, function, parameter->name);
        values[parameter->parameter] = parameter->otherwise;
    }
    return 0;
}

int native_allowed(struct request *rq, const struct native_function *function)
{
    if (function_check(rq->view->catalog, function->name, principal_identity(rq->who), rq->error) < 0
        || check_caller(function, rq->who, rq->error) < 0)
        return -1;
    if (function->writes && rq->changes == NULL)
        return fail(rq->error, SQLSTATE_READ_ONLY_TRANSACTION, "\"%s\" writes, which is not possible here", function->name);
    return 0;
}

int native_complete(struct request *rq, const struct native_function *function, unsigned given, struct value *values)
{
    if (fill_declared(rq, function, given, values) < 0)
        return -1;
    for (int i = 0; i < PARAMETERS_MAX && function->parameters[i].name != NULL; i++)
        if (function->parameters[i].required && value_is_null(&values[i]))
            return missing(rq, function, native_parameter_name(rq->view->catalog, function, function->parameters[i].name));
    return 0;
}

bool native_refused(const struct native_function *function, struct slice result)
{
    uint32_t count;
    bool answer;
    if (function->refusal == SQLSTATE_OK)
        return false;
    if (mp_bool(&result, &answer))
        return !answer;
    return mp_map(&result, &count) && mp_skip(&result, NULL) && mp_bool(&result, &answer) && !answer;
}

int native_house(struct request *rq, const struct value *organization, uint32_t *ret_house, struct uuid *ret_organization)
{
    const struct principal *who = rq->who;
    bool named = organization != NULL && !value_is_null(organization);
    if (who->has_house && (!named || uuid_compare(&organization->uuid, &who->organization) == 0)) {
        *ret_house = who->house;
        *ret_organization = who->organization;
        return 0;
    }
    if (!named) {
        fail(rq->error, SQLSTATE_INVALID_PARAMETER_VALUE, "the caller belongs to no organization");
        return fail_hint(rq->error, "name one with the parameter \"organization_id\"");
    }
    char text[UUID_TEXT_SIZE + 1];
    uuid_format(&organization->uuid, text);
    if (!principal_enters_all(who))
        return fail(rq->error, SQLSTATE_INSUFFICIENT_PRIVILEGE, "organization \"%s\" is not the caller's", text);
    int got = store_house(rq->view, &organization->uuid, ret_house, rq->error);
    if (got < 0)
        return -1;
    if (got == 0)
        return fail(rq->error, SQLSTATE_FOREIGN_KEY_VIOLATION, "organization \"%s\" does not exist", text);
    *ret_organization = organization->uuid;
    return 0;
}
