/* Typed records of the schema, made by `rowhouse gen-c`; do not edit.
 *
 * Each table has a struct, `has` in it says which members are there (NULL when read, left out when inserted), and a
 * description for rh_record_read() and rh_record_insert(). Text members of a record that was read borrow its reply. */
#ifndef ROWHOUSE_RECORDS_H
#define ROWHOUSE_RECORDS_H

#include <rowhouse/rowhouse.h>

#ifdef __cplusplus
extern "C" {
#endif

/* auth.users: Accounts that sign in; every user_id refers here */
struct rh_auth_users {
    struct rh_uuid id;  /* uuid NOT NULL */
    struct rh_string email;  /* text */
    struct rh_string role;  /* text */
    struct rh_cell raw_user_meta_data;  /* jsonb */
    int64_t created_at;  /* timestamp with time zone */
    int64_t updated_at;  /* timestamp with time zone */
    struct {
        bool id, email, role, raw_user_meta_data, created_at, updated_at;
    } has;
};
static const struct rh_field rh_auth_users_fields[] = {
    { "id", RH_FIELD_UUID, false, offsetof(struct rh_auth_users, id), offsetof(struct rh_auth_users, has.id) },
    { "email", RH_FIELD_TEXT, false, offsetof(struct rh_auth_users, email), offsetof(struct rh_auth_users, has.email) },
    { "role", RH_FIELD_TEXT, false, offsetof(struct rh_auth_users, role), offsetof(struct rh_auth_users, has.role) },
    { "raw_user_meta_data", RH_FIELD_CELL, false, offsetof(struct rh_auth_users, raw_user_meta_data), offsetof(struct rh_auth_users, has.raw_user_meta_data) },
    { "created_at", RH_FIELD_TIME, false, offsetof(struct rh_auth_users, created_at), offsetof(struct rh_auth_users, has.created_at) },
    { "updated_at", RH_FIELD_TIME, false, offsetof(struct rh_auth_users, updated_at), offsetof(struct rh_auth_users, has.updated_at) },
};
static const struct rh_record rh_auth_users_record = { "auth.users", 6, rh_auth_users_fields };

/* organizations: Tenants: the root of everything that has an organization_id */
struct rh_organizations {
    struct rh_uuid id;  /* uuid NOT NULL */
    struct rh_string name;  /* text NOT NULL */
    int64_t created_at;  /* timestamp with time zone */
    int64_t updated_at;  /* timestamp with time zone */
    struct {
        bool id, name, created_at, updated_at;
    } has;
};
static const struct rh_field rh_organizations_fields[] = {
    { "id", RH_FIELD_UUID, false, offsetof(struct rh_organizations, id), offsetof(struct rh_organizations, has.id) },
    { "name", RH_FIELD_TEXT, false, offsetof(struct rh_organizations, name), offsetof(struct rh_organizations, has.name) },
    { "created_at", RH_FIELD_TIME, false, offsetof(struct rh_organizations, created_at), offsetof(struct rh_organizations, has.created_at) },
    { "updated_at", RH_FIELD_TIME, false, offsetof(struct rh_organizations, updated_at), offsetof(struct rh_organizations, has.updated_at) },
};
static const struct rh_record rh_organizations_record = { "organizations", 4, rh_organizations_fields };

/* profiles: The organization and the role of each user; all row-level policies ask here */
struct rh_profiles {
    struct rh_uuid id;  /* uuid NOT NULL */
    struct rh_uuid organization_id;  /* uuid */
    struct rh_string role;  /* text NOT NULL */
    struct rh_string email;  /* text */
    int64_t created_at;  /* timestamp with time zone */
    int64_t updated_at;  /* timestamp with time zone */
    struct {
        bool id, organization_id, role, email, created_at, updated_at;
    } has;
};
static const struct rh_field rh_profiles_fields[] = {
    { "id", RH_FIELD_UUID, false, offsetof(struct rh_profiles, id), offsetof(struct rh_profiles, has.id) },
    { "organization_id", RH_FIELD_UUID, false, offsetof(struct rh_profiles, organization_id), offsetof(struct rh_profiles, has.organization_id) },
    { "role", RH_FIELD_TEXT, false, offsetof(struct rh_profiles, role), offsetof(struct rh_profiles, has.role) },
    { "email", RH_FIELD_TEXT, false, offsetof(struct rh_profiles, email), offsetof(struct rh_profiles, has.email) },
    { "created_at", RH_FIELD_TIME, false, offsetof(struct rh_profiles, created_at), offsetof(struct rh_profiles, has.created_at) },
    { "updated_at", RH_FIELD_TIME, false, offsetof(struct rh_profiles, updated_at), offsetof(struct rh_profiles, has.updated_at) },
};
static const struct rh_record rh_profiles_record = { "profiles", 6, rh_profiles_fields };

/* contacts: CRM contacts */
struct rh_contacts {
    int64_t id;  /* bigint NOT NULL */
    struct rh_uuid organization_id;  /* uuid NOT NULL */
    struct rh_string name;  /* text */
    struct rh_string email;  /* text */
    struct rh_string phone;  /* text */
    struct rh_string company;  /* text */
    int64_t created_at;  /* timestamp with time zone */
    int64_t updated_at;  /* timestamp with time zone */
    struct {
        bool id, organization_id, name, email, phone, company, created_at, updated_at;
    } has;
};
static const struct rh_field rh_contacts_fields[] = {
    { "id", RH_FIELD_INT, false, offsetof(struct rh_contacts, id), offsetof(struct rh_contacts, has.id) },
    { "organization_id", RH_FIELD_UUID, false, offsetof(struct rh_contacts, organization_id), offsetof(struct rh_contacts, has.organization_id) },
    { "name", RH_FIELD_TEXT, false, offsetof(struct rh_contacts, name), offsetof(struct rh_contacts, has.name) },
    { "email", RH_FIELD_TEXT, false, offsetof(struct rh_contacts, email), offsetof(struct rh_contacts, has.email) },
    { "phone", RH_FIELD_TEXT, false, offsetof(struct rh_contacts, phone), offsetof(struct rh_contacts, has.phone) },
    { "company", RH_FIELD_TEXT, false, offsetof(struct rh_contacts, company), offsetof(struct rh_contacts, has.company) },
    { "created_at", RH_FIELD_TIME, false, offsetof(struct rh_contacts, created_at), offsetof(struct rh_contacts, has.created_at) },
    { "updated_at", RH_FIELD_TIME, false, offsetof(struct rh_contacts, updated_at), offsetof(struct rh_contacts, has.updated_at) },
};
static const struct rh_record rh_contacts_record = { "contacts", 8, rh_contacts_fields };

/* opportunities: Sales pipeline */
struct rh_opportunities {
    int64_t id;  /* bigint NOT NULL */
    struct rh_uuid organization_id;  /* uuid NOT NULL */
    int64_t contact_id;  /* bigint */
    struct rh_string name;  /* text NOT NULL */
    struct rh_cell amount;  /* numeric */
    struct rh_string stage;  /* text */
    int64_t created_at;  /* timestamp with time zone */
    int64_t updated_at;  /* timestamp with time zone */
    struct {
        bool id, organization_id, contact_id, name, amount, stage, created_at, updated_at;
    } has;
};
static const struct rh_field rh_opportunities_fields[] = {
    { "id", RH_FIELD_INT, false, offsetof(struct rh_opportunities, id), offsetof(struct rh_opportunities, has.id) },
    { "organization_id", RH_FIELD_UUID, false, offsetof(struct rh_opportunities, organization_id), offsetof(struct rh_opportunities, has.organization_id) },
    { "contact_id", RH_FIELD_INT, false, offsetof(struct rh_opportunities, contact_id), offsetof(struct rh_opportunities, has.contact_id) },
    { "name", RH_FIELD_TEXT, false, offsetof(struct rh_opportunities, name), offsetof(struct rh_opportunities, has.name) },
    { "amount", RH_FIELD_CELL, false, offsetof(struct rh_opportunities, amount), offsetof(struct rh_opportunities, has.amount) },
    { "stage", RH_FIELD_TEXT, false, offsetof(struct rh_opportunities, stage), offsetof(struct rh_opportunities, has.stage) },
    { "created_at", RH_FIELD_TIME, false, offsetof(struct rh_opportunities, created_at), offsetof(struct rh_opportunities, has.created_at) },
    { "updated_at", RH_FIELD_TIME, false, offsetof(struct rh_opportunities, updated_at), offsetof(struct rh_opportunities, has.updated_at) },
};
static const struct rh_record rh_opportunities_record = { "opportunities", 8, rh_opportunities_fields };

/* forms: Form management */
struct rh_forms {
    struct rh_uuid id;  /* uuid NOT NULL */
    struct rh_uuid organization_id;  /* uuid NOT NULL */
    struct rh_uuid user_id;  /* uuid */
    struct rh_string title;  /* text NOT NULL */
    struct rh_string name;  /* text NOT NULL */
    struct rh_cell fields;  /* jsonb NOT NULL */
    bool is_active;  /* boolean */
    int64_t created_at;  /* timestamp with time zone */
    int64_t updated_at;  /* timestamp with time zone */
    struct {
        bool id, organization_id, user_id, title, name, fields, is_active, created_at, updated_at;
    } has;
};
static const struct rh_field rh_forms_fields[] = {
    { "id", RH_FIELD_UUID, false, offsetof(struct rh_forms, id), offsetof(struct rh_forms, has.id) },
    { "organization_id", RH_FIELD_UUID, false, offsetof(struct rh_forms, organization_id), offsetof(struct rh_forms, has.organization_id) },
    { "user_id", RH_FIELD_UUID, false, offsetof(struct rh_forms, user_id), offsetof(struct rh_forms, has.user_id) },
    { "title", RH_FIELD_TEXT, false, offsetof(struct rh_forms, title), offsetof(struct rh_forms, has.title) },
    { "name", RH_FIELD_TEXT, false, offsetof(struct rh_forms, name), offsetof(struct rh_forms, has.name) },
    { "fields", RH_FIELD_CELL, false, offsetof(struct rh_forms, fields), offsetof(struct rh_forms, has.fields) },
    { "is_active", RH_FIELD_BOOL, false, offsetof(struct rh_forms, is_active), offsetof(struct rh_forms, has.is_active) },
    { "created_at", RH_FIELD_TIME, false, offsetof(struct rh_forms, created_at), offsetof(struct rh_forms, has.created_at) },
    { "updated_at", RH_FIELD_TIME, false, offsetof(struct rh_forms, updated_at), offsetof(struct rh_forms, has.updated_at) },
};
static const struct rh_record rh_forms_record = { "forms", 9, rh_forms_fields };

/* google_credentials: OAuth credentials of Google accounts @audit */
struct rh_google_credentials {
    struct rh_uuid id;  /* uuid NOT NULL */
    struct rh_uuid organization_id;  /* uuid NOT NULL */
    struct rh_uuid user_id;  /* uuid NOT NULL */
    struct rh_string google_email;  /* text */
    struct rh_string access_token;  /* text NOT NULL */
    struct rh_string refresh_token;  /* text */
    struct rh_cell scopes;  /* text[] */
    int64_t expires_at;  /* timestamp with time zone */
    int64_t created_at;  /* timestamp with time zone */
    int64_t updated_at;  /* timestamp with time zone */
    struct {
        bool id, organization_id, user_id, google_email, access_token, refresh_token, scopes, expires_at, created_at, updated_at;
    } has;
};
static const struct rh_field rh_google_credentials_fields[] = {
    { "id", RH_FIELD_UUID, false, offsetof(struct rh_google_credentials, id), offsetof(struct rh_google_credentials, has.id) },
    { "organization_id", RH_FIELD_UUID, false, offsetof(struct rh_google_credentials, organization_id), offsetof(struct rh_google_credentials, has.organization_id) },
    { "user_id", RH_FIELD_UUID, false, offsetof(struct rh_google_credentials, user_id), offsetof(struct rh_google_credentials, has.user_id) },
    { "google_email", RH_FIELD_TEXT, false, offsetof(struct rh_google_credentials, google_email), offsetof(struct rh_google_credentials, has.google_email) },
    { "access_token", RH_FIELD_TEXT, false, offsetof(struct rh_google_credentials, access_token), offsetof(struct rh_google_credentials, has.access_token) },
    { "refresh_token", RH_FIELD_TEXT, false, offsetof(struct rh_google_credentials, refresh_token), offsetof(struct rh_google_credentials, has.refresh_token) },
    { "scopes", RH_FIELD_CELL, false, offsetof(struct rh_google_credentials, scopes), offsetof(struct rh_google_credentials, has.scopes) },
    { "expires_at", RH_FIELD_TIME, false, offsetof(struct rh_google_credentials, expires_at), offsetof(struct rh_google_credentials, has.expires_at) },
    { "created_at", RH_FIELD_TIME, false, offsetof(struct rh_google_credentials, created_at), offsetof(struct rh_google_credentials, has.created_at) },
    { "updated_at", RH_FIELD_TIME, false, offsetof(struct rh_google_credentials, updated_at), offsetof(struct rh_google_credentials, has.updated_at) },
};
static const struct rh_record rh_google_credentials_record = { "google_credentials", 10, rh_google_credentials_fields };

/* organization_settings: Configuration of an organization */
struct rh_organization_settings {
    struct rh_uuid organization_id;  /* uuid NOT NULL */
    struct rh_string timezone;  /* text NOT NULL */
    struct rh_string locale;  /* text NOT NULL */
    struct rh_cell settings;  /* jsonb NOT NULL */
    struct rh_uuid updated_by;  /* uuid */
    int64_t created_at;  /* timestamp with time zone */
    int64_t updated_at;  /* timestamp with time zone */
    struct {
        bool organization_id, timezone, locale, settings, updated_by, created_at, updated_at;
    } has;
};
static const struct rh_field rh_organization_settings_fields[] = {
    { "organization_id", RH_FIELD_UUID, false, offsetof(struct rh_organization_settings, organization_id), offsetof(struct rh_organization_settings, has.organization_id) },
    { "timezone", RH_FIELD_TEXT, false, offsetof(struct rh_organization_settings, timezone), offsetof(struct rh_organization_settings, has.timezone) },
    { "locale", RH_FIELD_TEXT, false, offsetof(struct rh_organization_settings, locale), offsetof(struct rh_organization_settings, has.locale) },
    { "settings", RH_FIELD_CELL, false, offsetof(struct rh_organization_settings, settings), offsetof(struct rh_organization_settings, has.settings) },
    { "updated_by", RH_FIELD_UUID, false, offsetof(struct rh_organization_settings, updated_by), offsetof(struct rh_organization_settings, has.updated_by) },
    { "created_at", RH_FIELD_TIME, false, offsetof(struct rh_organization_settings, created_at), offsetof(struct rh_organization_settings, has.created_at) },
    { "updated_at", RH_FIELD_TIME, false, offsetof(struct rh_organization_settings, updated_at), offsetof(struct rh_organization_settings, has.updated_at) },
};
static const struct rh_record rh_organization_settings_record = { "organization_settings", 7, rh_organization_settings_fields };

/* organization_subscriptions: Billing: the plan that an organization has */
struct rh_organization_subscriptions {
    struct rh_uuid id;  /* uuid NOT NULL */
    struct rh_uuid organization_id;  /* uuid NOT NULL */
    struct rh_string plan_name;  /* text NOT NULL */
    struct rh_string status;  /* text NOT NULL */
    int64_t monthly_credits;  /* integer NOT NULL */
    struct rh_cell price;  /* numeric(10,2) */
    int64_t trial_ends_at;  /* timestamp with time zone */
    int64_t current_period_start;  /* timestamp with time zone NOT NULL */
    int64_t current_period_end;  /* timestamp with time zone */
    int64_t created_at;  /* timestamp with time zone */
    int64_t updated_at;  /* timestamp with time zone */
    struct {
        bool id, organization_id, plan_name, status, monthly_credits, price, trial_ends_at, current_period_start, current_period_end, created_at, updated_at;
    } has;
};
static const struct rh_field rh_organization_subscriptions_fields[] = {
    { "id", RH_FIELD_UUID, false, offsetof(struct rh_organization_subscriptions, id), offsetof(struct rh_organization_subscriptions, has.id) },
    { "organization_id", RH_FIELD_UUID, false, offsetof(struct rh_organization_subscriptions, organization_id), offsetof(struct rh_organization_subscriptions, has.organization_id) },
    { "plan_name", RH_FIELD_TEXT, false, offsetof(struct rh_organization_subscriptions, plan_name), offsetof(struct rh_organization_subscriptions, has.plan_name) },
    { "status", RH_FIELD_TEXT, false, offsetof(struct rh_organization_subscriptions, status), offsetof(struct rh_organization_subscriptions, has.status) },
    { "monthly_credits", RH_FIELD_INT, false, offsetof(struct rh_organization_subscriptions, monthly_credits), offsetof(struct rh_organization_subscriptions, has.monthly_credits) },
    { "price", RH_FIELD_CELL, false, offsetof(struct rh_organization_subscriptions, price), offsetof(struct rh_organization_subscriptions, has.price) },
    { "trial_ends_at", RH_FIELD_TIME, false, offsetof(struct rh_organization_subscriptions, trial_ends_at), offsetof(struct rh_organization_subscriptions, has.trial_ends_at) },
    { "current_period_start", RH_FIELD_TIME, false, offsetof(struct rh_organization_subscriptions, current_period_start), offsetof(struct rh_organization_subscriptions, has.current_period_start) },
    { "current_period_end", RH_FIELD_TIME, false, offsetof(struct rh_organization_subscriptions, current_period_end), offsetof(struct rh_organization_subscriptions, has.current_period_end) },
    { "created_at", RH_FIELD_TIME, false, offsetof(struct rh_organization_subscriptions, created_at), offsetof(struct rh_organization_subscriptions, has.created_at) },
    { "updated_at", RH_FIELD_TIME, false, offsetof(struct rh_organization_subscriptions, updated_at), offsetof(struct rh_organization_subscriptions, has.updated_at) },
};
static const struct rh_record rh_organization_subscriptions_record = { "organization_subscriptions", 11, rh_organization_subscriptions_fields };

/* credit_ledger: Legacy credits: every movement with the balance after it @append_only @sync */
struct rh_credit_ledger {
    int64_t id;  /* bigint NOT NULL */
    struct rh_uuid organization_id;  /* uuid NOT NULL */
    struct rh_string entry_type;  /* text NOT NULL */
    int64_t amount;  /* integer NOT NULL */
    int64_t balance_after;  /* integer NOT NULL */
    struct rh_string description;  /* text */
    struct rh_uuid created_by;  /* uuid */
    int64_t created_at;  /* timestamp with time zone */
    struct {
        bool id, organization_id, entry_type, amount, balance_after, description, created_by, created_at;
    } has;
};
static const struct rh_field rh_credit_ledger_fields[] = {
    { "id", RH_FIELD_INT, false, offsetof(struct rh_credit_ledger, id), offsetof(struct rh_credit_ledger, has.id) },
    { "organization_id", RH_FIELD_UUID, false, offsetof(struct rh_credit_ledger, organization_id), offsetof(struct rh_credit_ledger, has.organization_id) },
    { "entry_type", RH_FIELD_TEXT, false, offsetof(struct rh_credit_ledger, entry_type), offsetof(struct rh_credit_ledger, has.entry_type) },
    { "amount", RH_FIELD_INT, false, offsetof(struct rh_credit_ledger, amount), offsetof(struct rh_credit_ledger, has.amount) },
    { "balance_after", RH_FIELD_INT, false, offsetof(struct rh_credit_ledger, balance_after), offsetof(struct rh_credit_ledger, has.balance_after) },
    { "description", RH_FIELD_TEXT, false, offsetof(struct rh_credit_ledger, description), offsetof(struct rh_credit_ledger, has.description) },
    { "created_by", RH_FIELD_UUID, false, offsetof(struct rh_credit_ledger, created_by), offsetof(struct rh_credit_ledger, has.created_by) },
    { "created_at", RH_FIELD_TIME, false, offsetof(struct rh_credit_ledger, created_at), offsetof(struct rh_credit_ledger, has.created_at) },
};
static const struct rh_record rh_credit_ledger_record = { "credit_ledger", 8, rh_credit_ledger_fields };

/* automations: Automation rules */
struct rh_automations {
    struct rh_uuid id;  /* uuid NOT NULL */
    struct rh_uuid organization_id;  /* uuid NOT NULL */
    struct rh_string name;  /* text NOT NULL */
    struct rh_string description;  /* text */
    struct rh_string trigger_type;  /* text NOT NULL */
    struct rh_cell trigger_config;  /* jsonb NOT NULL */
    struct rh_cell conditions;  /* jsonb NOT NULL */
    struct rh_cell actions;  /* jsonb NOT NULL */
    bool is_active;  /* boolean NOT NULL */
    int64_t last_run_at;  /* timestamp with time zone */
    int64_t run_count;  /* integer NOT NULL */
    struct rh_uuid created_by;  /* uuid */
    int64_t created_at;  /* timestamp with time zone */
    int64_t updated_at;  /* timestamp with time zone */
    struct {
        bool id, organization_id, name, description, trigger_type, trigger_config, conditions, actions, is_active, last_run_at, run_count, created_by, created_at, updated_at;
    } has;
};
static const struct rh_field rh_automations_fields[] = {
    { "id", RH_FIELD_UUID, false, offsetof(struct rh_automations, id), offsetof(struct rh_automations, has.id) },
    { "organization_id", RH_FIELD_UUID, false, offsetof(struct rh_automations, organization_id), offsetof(struct rh_automations, has.organization_id) },
    { "name", RH_FIELD_TEXT, false, offsetof(struct rh_automations, name), offsetof(struct rh_automations, has.name) },
    { "description", RH_FIELD_TEXT, false, offsetof(struct rh_automations, description), offsetof(struct rh_automations, has.description) },
    { "trigger_type", RH_FIELD_TEXT, false, offsetof(struct rh_automations, trigger_type), offsetof(struct rh_automations, has.trigger_type) },
    { "trigger_config", RH_FIELD_CELL, false, offsetof(struct rh_automations, trigger_config), offsetof(struct rh_automations, has.trigger_config) },
    { "conditions", RH_FIELD_CELL, false, offsetof(struct rh_automations, conditions), offsetof(struct rh_automations, has.conditions) },
    { "actions", RH_FIELD_CELL, false, offsetof(struct rh_automations, actions), offsetof(struct rh_automations, has.actions) },
    { "is_active", RH_FIELD_BOOL, false, offsetof(struct rh_automations, is_active), offsetof(struct rh_automations, has.is_active) },
    { "last_run_at", RH_FIELD_TIME, false, offsetof(struct rh_automations, last_run_at), offsetof(struct rh_automations, has.last_run_at) },
    { "run_count", RH_FIELD_INT, false, offsetof(struct rh_automations, run_count), offsetof(struct rh_automations, has.run_count) },
    { "created_by", RH_FIELD_UUID, false, offsetof(struct rh_automations, created_by), offsetof(struct rh_automations, has.created_by) },
    { "created_at", RH_FIELD_TIME, false, offsetof(struct rh_automations, created_at), offsetof(struct rh_automations, has.created_at) },
    { "updated_at", RH_FIELD_TIME, false, offsetof(struct rh_automations, updated_at), offsetof(struct rh_automations, has.updated_at) },
};
static const struct rh_record rh_automations_record = { "automations", 14, rh_automations_fields };

/* organization_credits: Track organization credit balances @sync */
struct rh_organization_credits {
    struct rh_uuid organization_id;  /* uuid NOT NULL */
    struct rh_string plan_name;  /* text NOT NULL */
    int64_t total_credits;  /* integer NOT NULL */
    int64_t credits_remaining;  /* integer NOT NULL */
    int64_t cycle_start_date;  /* timestamp with time zone NOT NULL */
    int64_t cycle_end_date;  /* timestamp with time zone */
    int64_t created_at;  /* timestamp with time zone */
    int64_t updated_at;  /* timestamp with time zone */
    struct {
        bool organization_id, plan_name, total_credits, credits_remaining, cycle_start_date, cycle_end_date, created_at, updated_at;
    } has;
};
static const struct rh_field rh_organization_credits_fields[] = {
    { "organization_id", RH_FIELD_UUID, false, offsetof(struct rh_organization_credits, organization_id), offsetof(struct rh_organization_credits, has.organization_id) },
    { "plan_name", RH_FIELD_TEXT, false, offsetof(struct rh_organization_credits, plan_name), offsetof(struct rh_organization_credits, has.plan_name) },
    { "total_credits", RH_FIELD_INT, false, offsetof(struct rh_organization_credits, total_credits), offsetof(struct rh_organization_credits, has.total_credits) },
    { "credits_remaining", RH_FIELD_INT, false, offsetof(struct rh_organization_credits, credits_remaining), offsetof(struct rh_organization_credits, has.credits_remaining) },
    { "cycle_start_date", RH_FIELD_TIME, false, offsetof(struct rh_organization_credits, cycle_start_date), offsetof(struct rh_organization_credits, has.cycle_start_date) },
    { "cycle_end_date", RH_FIELD_TIME, false, offsetof(struct rh_organization_credits, cycle_end_date), offsetof(struct rh_organization_credits, has.cycle_end_date) },
    { "created_at", RH_FIELD_TIME, false, offsetof(struct rh_organization_credits, created_at), offsetof(struct rh_organization_credits, has.created_at) },
    { "updated_at", RH_FIELD_TIME, false, offsetof(struct rh_organization_credits, updated_at), offsetof(struct rh_organization_credits, has.updated_at) },
};
static const struct rh_record rh_organization_credits_record = { "organization_credits", 8, rh_organization_credits_fields };

/* credit_actions: Define credit costs for actions */
struct rh_credit_actions {
    struct rh_string action_type;  /* text NOT NULL */
    int64_t credits_cost;  /* integer NOT NULL */
    struct rh_string description;  /* text */
    int64_t created_at;  /* timestamp with time zone */
    struct {
        bool action_type, credits_cost, description, created_at;
    } has;
};
static const struct rh_field rh_credit_actions_fields[] = {
    { "action_type", RH_FIELD_TEXT, false, offsetof(struct rh_credit_actions, action_type), offsetof(struct rh_credit_actions, has.action_type) },
    { "credits_cost", RH_FIELD_INT, false, offsetof(struct rh_credit_actions, credits_cost), offsetof(struct rh_credit_actions, has.credits_cost) },
    { "description", RH_FIELD_TEXT, false, offsetof(struct rh_credit_actions, description), offsetof(struct rh_credit_actions, has.description) },
    { "created_at", RH_FIELD_TIME, false, offsetof(struct rh_credit_actions, created_at), offsetof(struct rh_credit_actions, has.created_at) },
};
static const struct rh_record rh_credit_actions_record = { "credit_actions", 4, rh_credit_actions_fields };

/* credit_consumption_logs: Track credit usage @append_only @sync */
struct rh_credit_consumption_logs {
    int64_t id;  /* bigint NOT NULL */
    struct rh_uuid organization_id;  /* uuid NOT NULL */
    struct rh_string action_type;  /* text NOT NULL */
    int64_t credits_consumed;  /* integer NOT NULL */
    int64_t credits_remaining;  /* integer NOT NULL */
    bool success;  /* boolean NOT NULL */
    struct rh_string error_message;  /* text */
    int64_t created_at;  /* timestamp with time zone */
    struct {
        bool id, organization_id, action_type, credits_consumed, credits_remaining, success, error_message, created_at;
    } has;
};
static const struct rh_field rh_credit_consumption_logs_fields[] = {
    { "id", RH_FIELD_INT, false, offsetof(struct rh_credit_consumption_logs, id), offsetof(struct rh_credit_consumption_logs, has.id) },
    { "organization_id", RH_FIELD_UUID, false, offsetof(struct rh_credit_consumption_logs, organization_id), offsetof(struct rh_credit_consumption_logs, has.organization_id) },
    { "action_type", RH_FIELD_TEXT, false, offsetof(struct rh_credit_consumption_logs, action_type), offsetof(struct rh_credit_consumption_logs, has.action_type) },
    { "credits_consumed", RH_FIELD_INT, false, offsetof(struct rh_credit_consumption_logs, credits_consumed), offsetof(struct rh_credit_consumption_logs, has.credits_consumed) },
    { "credits_remaining", RH_FIELD_INT, false, offsetof(struct rh_credit_consumption_logs, credits_remaining), offsetof(struct rh_credit_consumption_logs, has.credits_remaining) },
    { "success", RH_FIELD_BOOL, false, offsetof(struct rh_credit_consumption_logs, success), offsetof(struct rh_credit_consumption_logs, has.success) },
    { "error_message", RH_FIELD_TEXT, false, offsetof(struct rh_credit_consumption_logs, error_message), offsetof(struct rh_credit_consumption_logs, has.error_message) },
    { "created_at", RH_FIELD_TIME, false, offsetof(struct rh_credit_consumption_logs, created_at), offsetof(struct rh_credit_consumption_logs, has.created_at) },
};
static const struct rh_record rh_credit_consumption_logs_record = { "credit_consumption_logs", 8, rh_credit_consumption_logs_fields };

/* crm_events: Track CRM events (meetings, calls, etc.) */
struct rh_crm_events {
    int64_t id;  /* bigint NOT NULL */
    struct rh_uuid organization_id;  /* uuid NOT NULL */
    int64_t contact_id;  /* bigint NOT NULL */
    struct rh_string event_summary;  /* text NOT NULL */
    struct rh_string event_description;  /* text */
    int64_t event_start_time;  /* timestamp with time zone NOT NULL */
    int64_t event_end_time;  /* timestamp with time zone NOT NULL */
    struct rh_string status;  /* text NOT NULL */
    struct rh_string google_event_id;  /* text */
    int64_t created_at;  /* timestamp with time zone */
    struct {
        bool id, organization_id, contact_id, event_summary, event_description, event_start_time, event_end_time, status, google_event_id, created_at;
    } has;
};
static const struct rh_field rh_crm_events_fields[] = {
    { "id", RH_FIELD_INT, false, offsetof(struct rh_crm_events, id), offsetof(struct rh_crm_events, has.id) },
    { "organization_id", RH_FIELD_UUID, false, offsetof(struct rh_crm_events, organization_id), offsetof(struct rh_crm_events, has.organization_id) },
    { "contact_id", RH_FIELD_INT, false, offsetof(struct rh_crm_events, contact_id), offsetof(struct rh_crm_events, has.contact_id) },
    { "event_summary", RH_FIELD_TEXT, false, offsetof(struct rh_crm_events, event_summary), offsetof(struct rh_crm_events, has.event_summary) },
    { "event_description", RH_FIELD_TEXT, false, offsetof(struct rh_crm_events, event_description), offsetof(struct rh_crm_events, has.event_description) },
    { "event_start_time", RH_FIELD_TIME, false, offsetof(struct rh_crm_events, event_start_time), offsetof(struct rh_crm_events, has.event_start_time) },
    { "event_end_time", RH_FIELD_TIME, false, offsetof(struct rh_crm_events, event_end_time), offsetof(struct rh_crm_events, has.event_end_time) },
    { "status", RH_FIELD_TEXT, false, offsetof(struct rh_crm_events, status), offsetof(struct rh_crm_events, has.status) },
    { "google_event_id", RH_FIELD_TEXT, false, offsetof(struct rh_crm_events, google_event_id), offsetof(struct rh_crm_events, has.google_event_id) },
    { "created_at", RH_FIELD_TIME, false, offsetof(struct rh_crm_events, created_at), offsetof(struct rh_crm_events, has.created_at) },
};
static const struct rh_record rh_crm_events_record = { "crm_events", 10, rh_crm_events_fields };

/* event_reminders: Schedule event reminders */
struct rh_event_reminders {
    int64_t id;  /* bigint NOT NULL */
    struct rh_uuid organization_id;  /* uuid NOT NULL */
    int64_t crm_event_id;  /* bigint NOT NULL */
    int64_t contact_id;  /* bigint NOT NULL */
    struct rh_string channel;  /* text NOT NULL */
    int64_t scheduled_at;  /* timestamp with time zone NOT NULL */
    struct rh_string status;  /* text NOT NULL */
    struct rh_string message;  /* text */
    struct rh_string error_message;  /* text */
    int64_t attempt_count;  /* integer */
    int64_t last_attempt_at;  /* timestamp with time zone */
    int64_t created_at;  /* timestamp with time zone */
    struct {
        bool id, organization_id, crm_event_id, contact_id, channel, scheduled_at, status, message, error_message, attempt_count, last_attempt_at, created_at;
    } has;
};
static const struct rh_field rh_event_reminders_fields[] = {
    { "id", RH_FIELD_INT, false, offsetof(struct rh_event_reminders, id), offsetof(struct rh_event_reminders, has.id) },
    { "organization_id", RH_FIELD_UUID, false, offsetof(struct rh_event_reminders, organization_id), offsetof(struct rh_event_reminders, has.organization_id) },
    { "crm_event_id", RH_FIELD_INT, false, offsetof(struct rh_event_reminders, crm_event_id), offsetof(struct rh_event_reminders, has.crm_event_id) },
    { "contact_id", RH_FIELD_INT, false, offsetof(struct rh_event_reminders, contact_id), offsetof(struct rh_event_reminders, has.contact_id) },
    { "channel", RH_FIELD_TEXT, false, offsetof(struct rh_event_reminders, channel), offsetof(struct rh_event_reminders, has.channel) },
    { "scheduled_at", RH_FIELD_TIME, false, offsetof(struct rh_event_reminders, scheduled_at), offsetof(struct rh_event_reminders, has.scheduled_at) },
    { "status", RH_FIELD_TEXT, false, offsetof(struct rh_event_reminders, status), offsetof(struct rh_event_reminders, has.status) },
    { "message", RH_FIELD_TEXT, false, offsetof(struct rh_event_reminders, message), offsetof(struct rh_event_reminders, has.message) },
    { "error_message", RH_FIELD_TEXT, false, offsetof(struct rh_event_reminders, error_message), offsetof(struct rh_event_reminders, has.error_message) },
    { "attempt_count", RH_FIELD_INT, false, offsetof(struct rh_event_reminders, attempt_count), offsetof(struct rh_event_reminders, has.attempt_count) },
    { "last_attempt_at", RH_FIELD_TIME, false, offsetof(struct rh_event_reminders, last_attempt_at), offsetof(struct rh_event_reminders, has.last_attempt_at) },
    { "created_at", RH_FIELD_TIME, false, offsetof(struct rh_event_reminders, created_at), offsetof(struct rh_event_reminders, has.created_at) },
};
static const struct rh_record rh_event_reminders_record = { "event_reminders", 12, rh_event_reminders_fields };

/* automation_agents: AI-powered automation agents */
struct rh_automation_agents {
    struct rh_uuid id;  /* uuid NOT NULL */
    struct rh_string name;  /* text NOT NULL */
    struct rh_string type;  /* text NOT NULL */
    struct rh_string description;  /* text NOT NULL */
    bool is_active;  /* boolean NOT NULL */
    struct rh_cell configuration;  /* jsonb NOT NULL */
    struct rh_string status;  /* text NOT NULL */
    int64_t last_run_at;  /* timestamp with time zone */
    struct rh_string last_error;  /* text */
    int64_t created_at;  /* timestamp with time zone NOT NULL */
    int64_t updated_at;  /* timestamp with time zone NOT NULL */
    struct {
        bool id, name, type, description, is_active, configuration, status, last_run_at, last_error, created_at, updated_at;
    } has;
};
static const struct rh_field rh_automation_agents_fields[] = {
    { "id", RH_FIELD_UUID, false, offsetof(struct rh_automation_agents, id), offsetof(struct rh_automation_agents, has.id) },
    { "name", RH_FIELD_TEXT, false, offsetof(struct rh_automation_agents, name), offsetof(struct rh_automation_agents, has.name) },
    { "type", RH_FIELD_TEXT, false, offsetof(struct rh_automation_agents, type), offsetof(struct rh_automation_agents, has.type) },
    { "description", RH_FIELD_TEXT, false, offsetof(struct rh_automation_agents, description), offsetof(struct rh_automation_agents, has.description) },
    { "is_active", RH_FIELD_BOOL, false, offsetof(struct rh_automation_agents, is_active), offsetof(struct rh_automation_agents, has.is_active) },
    { "configuration", RH_FIELD_CELL, false, offsetof(struct rh_automation_agents, configuration), offsetof(struct rh_automation_agents, has.configuration) },
    { "status", RH_FIELD_TEXT, false, offsetof(struct rh_automation_agents, status), offsetof(struct rh_automation_agents, has.status) },
    { "last_run_at", RH_FIELD_TIME, false, offsetof(struct rh_automation_agents, last_run_at), offsetof(struct rh_automation_agents, has.last_run_at) },
    { "last_error", RH_FIELD_TEXT, false, offsetof(struct rh_automation_agents, last_error), offsetof(struct rh_automation_agents, has.last_error) },
    { "created_at", RH_FIELD_TIME, false, offsetof(struct rh_automation_agents, created_at), offsetof(struct rh_automation_agents, has.created_at) },
    { "updated_at", RH_FIELD_TIME, false, offsetof(struct rh_automation_agents, updated_at), offsetof(struct rh_automation_agents, has.updated_at) },
};
static const struct rh_record rh_automation_agents_record = { "automation_agents", 11, rh_automation_agents_fields };

/* agent_execution_logs: Track agent execution history */
struct rh_agent_execution_logs {
    int64_t id;  /* bigint NOT NULL */
    struct rh_uuid agent_id;  /* uuid NOT NULL */
    int64_t execution_start;  /* timestamp with time zone NOT NULL */
    int64_t execution_end;  /* timestamp with time zone */
    struct rh_string status;  /* text NOT NULL */
    struct rh_cell result_summary;  /* jsonb */
    struct rh_string error_details;  /* text */
    struct rh_cell actions_taken;  /* jsonb */
    int64_t created_at;  /* timestamp with time zone NOT NULL */
    struct {
        bool id, agent_id, execution_start, execution_end, status, result_summary, error_details, actions_taken, created_at;
    } has;
};
static const struct rh_field rh_agent_execution_logs_fields[] = {
    { "id", RH_FIELD_INT, false, offsetof(struct rh_agent_execution_logs, id), offsetof(struct rh_agent_execution_logs, has.id) },
    { "agent_id", RH_FIELD_UUID, false, offsetof(struct rh_agent_execution_logs, agent_id), offsetof(struct rh_agent_execution_logs, has.agent_id) },
    { "execution_start", RH_FIELD_TIME, false, offsetof(struct rh_agent_execution_logs, execution_start), offsetof(struct rh_agent_execution_logs, has.execution_start) },
    { "execution_end", RH_FIELD_TIME, false, offsetof(struct rh_agent_execution_logs, execution_end), offsetof(struct rh_agent_execution_logs, has.execution_end) },
    { "status", RH_FIELD_TEXT, false, offsetof(struct rh_agent_execution_logs, status), offsetof(struct rh_agent_execution_logs, has.status) },
    { "result_summary", RH_FIELD_CELL, false, offsetof(struct rh_agent_execution_logs, result_summary), offsetof(struct rh_agent_execution_logs, has.result_summary) },
    { "error_details", RH_FIELD_TEXT, false, offsetof(struct rh_agent_execution_logs, error_details), offsetof(struct rh_agent_execution_logs, has.error_details) },
    { "actions_taken", RH_FIELD_CELL, false, offsetof(struct rh_agent_execution_logs, actions_taken), offsetof(struct rh_agent_execution_logs, has.actions_taken) },
    { "created_at", RH_FIELD_TIME, false, offsetof(struct rh_agent_execution_logs, created_at), offsetof(struct rh_agent_execution_logs, has.created_at) },
};
static const struct rh_record rh_agent_execution_logs_record = { "agent_execution_logs", 9, rh_agent_execution_logs_fields };

/* api_integrations: API provider configurations */
struct rh_api_integrations {
    struct rh_uuid id;  /* uuid NOT NULL */
    struct rh_string provider_name;  /* text NOT NULL */
    struct rh_string provider_type;  /* text NOT NULL */
    struct rh_string display_name;  /* text NOT NULL */
    bool is_active;  /* boolean NOT NULL */
    struct rh_cell credentials;  /* jsonb NOT NULL */
    struct rh_cell configuration;  /* jsonb NOT NULL */
    struct rh_string status;  /* text NOT NULL */
    int64_t last_ping_at;  /* timestamp with time zone */
    struct rh_string last_error;  /* text */
    struct rh_uuid created_by;  /* uuid */
    int64_t created_at;  /* timestamp with time zone NOT NULL */
    int64_t updated_at;  /* timestamp with time zone NOT NULL */
    struct {
        bool id, provider_name, provider_type, display_name, is_active, credentials, configuration, status, last_ping_at, last_error, created_by, created_at, updated_at;
    } has;
};
static const struct rh_field rh_api_integrations_fields[] = {
    { "id", RH_FIELD_UUID, false, offsetof(struct rh_api_integrations, id), offsetof(struct rh_api_integrations, has.id) },
    { "provider_name", RH_FIELD_TEXT, false, offsetof(struct rh_api_integrations, provider_name), offsetof(struct rh_api_integrations, has.provider_name) },
    { "provider_type", RH_FIELD_TEXT, false, offsetof(struct rh_api_integrations, provider_type), offsetof(struct rh_api_integrations, has.provider_type) },
    { "display_name", RH_FIELD_TEXT, false, offsetof(struct rh_api_integrations, display_name), offsetof(struct rh_api_integrations, has.display_name) },
    { "is_active", RH_FIELD_BOOL, false, offsetof(struct rh_api_integrations, is_active), offsetof(struct rh_api_integrations, has.is_active) },
    { "credentials", RH_FIELD_CELL, false, offsetof(struct rh_api_integrations, credentials), offsetof(struct rh_api_integrations, has.credentials) },
    { "configuration", RH_FIELD_CELL, false, offsetof(struct rh_api_integrations, configuration), offsetof(struct rh_api_integrations, has.configuration) },
    { "status", RH_FIELD_TEXT, false, offsetof(struct rh_api_integrations, status), offsetof(struct rh_api_integrations, has.status) },
    { "last_ping_at", RH_FIELD_TIME, false, offsetof(struct rh_api_integrations, last_ping_at), offsetof(struct rh_api_integrations, has.last_ping_at) },
    { "last_error", RH_FIELD_TEXT, false, offsetof(struct rh_api_integrations, last_error), offsetof(struct rh_api_integrations, has.last_error) },
    { "created_by", RH_FIELD_UUID, false, offsetof(struct rh_api_integrations, created_by), offsetof(struct rh_api_integrations, has.created_by) },
    { "created_at", RH_FIELD_TIME, false, offsetof(struct rh_api_integrations, created_at), offsetof(struct rh_api_integrations, has.created_at) },
    { "updated_at", RH_FIELD_TIME, false, offsetof(struct rh_api_integrations, updated_at), offsetof(struct rh_api_integrations, has.updated_at) },
};
static const struct rh_record rh_api_integrations_record = { "api_integrations", 13, rh_api_integrations_fields };

/* integration_usage_logs: Track integration API usage */
struct rh_integration_usage_logs {
    int64_t id;  /* bigint NOT NULL */
    struct rh_uuid integration_id;  /* uuid */
    struct rh_string operation_type;  /* text NOT NULL */
    struct rh_cell request_data;  /* jsonb */
    struct rh_cell response_data;  /* jsonb */
    int64_t status_code;  /* integer */
    bool success;  /* boolean NOT NULL */
    struct rh_string error_message;  /* text */
    int64_t duration_ms;  /* integer */
    int64_t created_at;  /* timestamp with time zone NOT NULL */
    struct {
        bool id, integration_id, operation_type, request_data, response_data, status_code, success, error_message, duration_ms, created_at;
    } has;
};
static const struct rh_field rh_integration_usage_logs_fields[] = {
    { "id", RH_FIELD_INT, false, offsetof(struct rh_integration_usage_logs, id), offsetof(struct rh_integration_usage_logs, has.id) },
    { "integration_id", RH_FIELD_UUID, false, offsetof(struct rh_integration_usage_logs, integration_id), offsetof(struct rh_integration_usage_logs, has.integration_id) },
    { "operation_type", RH_FIELD_TEXT, false, offsetof(struct rh_integration_usage_logs, operation_type), offsetof(struct rh_integration_usage_logs, has.operation_type) },
    { "request_data", RH_FIELD_CELL, false, offsetof(struct rh_integration_usage_logs, request_data), offsetof(struct rh_integration_usage_logs, has.request_data) },
    { "response_data", RH_FIELD_CELL, false, offsetof(struct rh_integration_usage_logs, response_data), offsetof(struct rh_integration_usage_logs, has.response_data) },
    { "status_code", RH_FIELD_INT, false, offsetof(struct rh_integration_usage_logs, status_code), offsetof(struct rh_integration_usage_logs, has.status_code) },
    { "success", RH_FIELD_BOOL, false, offsetof(struct rh_integration_usage_logs, success), offsetof(struct rh_integration_usage_logs, has.success) },
    { "error_message", RH_FIELD_TEXT, false, offsetof(struct rh_integration_usage_logs, error_message), offsetof(struct rh_integration_usage_logs, has.error_message) },
    { "duration_ms", RH_FIELD_INT, false, offsetof(struct rh_integration_usage_logs, duration_ms), offsetof(struct rh_integration_usage_logs, has.duration_ms) },
    { "created_at", RH_FIELD_TIME, false, offsetof(struct rh_integration_usage_logs, created_at), offsetof(struct rh_integration_usage_logs, has.created_at) },
};
static const struct rh_record rh_integration_usage_logs_record = { "integration_usage_logs", 10, rh_integration_usage_logs_fields };

/* workflow_definitions: Define automated workflows */
struct rh_workflow_definitions {
    struct rh_uuid id;  /* uuid NOT NULL */
    struct rh_uuid organization_id;  /* uuid NOT NULL */
    struct rh_string name;  /* text NOT NULL */
    struct rh_string description;  /* text */
    struct rh_string trigger_type;  /* text NOT NULL */
    struct rh_cell trigger_config;  /* jsonb */
    struct rh_cell steps;  /* jsonb NOT NULL */
    bool is_active;  /* boolean */
    struct rh_uuid created_by;  /* uuid */
    int64_t last_run_at;  /* timestamp with time zone */
    int64_t run_count;  /* integer */
    int64_t created_at;  /* timestamp with time zone NOT NULL */
    int64_t updated_at;  /* timestamp with time zone NOT NULL */
    struct {
        bool id, organization_id, name, description, trigger_type, trigger_config, steps, is_active, created_by, last_run_at, run_count, created_at, updated_at;
    } has;
};
static const struct rh_field rh_workflow_definitions_fields[] = {
    { "id", RH_FIELD_UUID, false, offsetof(struct rh_workflow_definitions, id), offsetof(struct rh_workflow_definitions, has.id) },
    { "organization_id", RH_FIELD_UUID, false, offsetof(struct rh_workflow_definitions, organization_id), offsetof(struct rh_workflow_definitions, has.organization_id) },
    { "name", RH_FIELD_TEXT, false, offsetof(struct rh_workflow_definitions, name), offsetof(struct rh_workflow_definitions, has.name) },
    { "description", RH_FIELD_TEXT, false, offsetof(struct rh_workflow_definitions, description), offsetof(struct rh_workflow_definitions, has.description) },
    { "trigger_type", RH_FIELD_TEXT, false, offsetof(struct rh_workflow_definitions, trigger_type), offsetof(struct rh_workflow_definitions, has.trigger_type) },
    { "trigger_config", RH_FIELD_CELL, false, offsetof(struct rh_workflow_definitions, trigger_config), offsetof(struct rh_workflow_definitions, has.trigger_config) },
    { "steps", RH_FIELD_CELL, false, offsetof(struct rh_workflow_definitions, steps), offsetof(struct rh_workflow_definitions, has.steps) },
    { "is_active", RH_FIELD_BOOL, false, offsetof(struct rh_workflow_definitions, is_active), offsetof(struct rh_workflow_definitions, has.is_active) },
    { "created_by", RH_FIELD_UUID, false, offsetof(struct rh_workflow_definitions, created_by), offsetof(struct rh_workflow_definitions, has.created_by) },
    { "last_run_at", RH_FIELD_TIME, false, offsetof(struct rh_workflow_definitions, last_run_at), offsetof(struct rh_workflow_definitions, has.last_run_at) },
    { "run_count", RH_FIELD_INT, false, offsetof(struct rh_workflow_definitions, run_count), offsetof(struct rh_workflow_definitions, has.run_count) },
    { "created_at", RH_FIELD_TIME, false, offsetof(struct rh_workflow_definitions, created_at), offsetof(struct rh_workflow_definitions, has.created_at) },
    { "updated_at", RH_FIELD_TIME, false, offsetof(struct rh_workflow_definitions, updated_at), offsetof(struct rh_workflow_definitions, has.updated_at) },
};
static const struct rh_record rh_workflow_definitions_record = { "workflow_definitions", 13, rh_workflow_definitions_fields };

/* workflow_execution_logs: Track workflow execution history */
struct rh_workflow_execution_logs {
    int64_t id;  /* bigint NOT NULL */
    struct rh_uuid workflow_id;  /* uuid NOT NULL */
    int64_t execution_start;  /* timestamp with time zone NOT NULL */
    int64_t execution_end;  /* timestamp with time zone */
    struct rh_string status;  /* text NOT NULL */
    struct rh_cell result_summary;  /* jsonb */
    struct rh_string error_details;  /* text */
    struct rh_cell trigger_data;  /* jsonb */
    int64_t created_at;  /* timestamp with time zone NOT NULL */
    struct rh_uuid organization_id;  /* uuid */
    struct {
        bool id, workflow_id, execution_start, execution_end, status, result_summary, error_details, trigger_data, created_at, organization_id;
    } has;
};
static const struct rh_field rh_workflow_execution_logs_fields[] = {
    { "id", RH_FIELD_INT, false, offsetof(struct rh_workflow_execution_logs, id), offsetof(struct rh_workflow_execution_logs, has.id) },
    { "workflow_id", RH_FIELD_UUID, false, offsetof(struct rh_workflow_execution_logs, workflow_id), offsetof(struct rh_workflow_execution_logs, has.workflow_id) },
    { "execution_start", RH_FIELD_TIME, false, offsetof(struct rh_workflow_execution_logs, execution_start), offsetof(struct rh_workflow_execution_logs, has.execution_start) },
    { "execution_end", RH_FIELD_TIME, false, offsetof(struct rh_workflow_execution_logs, execution_end), offsetof(struct rh_workflow_execution_logs, has.execution_end) },
    { "status", RH_FIELD_TEXT, false, offsetof(struct rh_workflow_execution_logs, status), offsetof(struct rh_workflow_execution_logs, has.status) },
    { "result_summary", RH_FIELD_CELL, false, offsetof(struct rh_workflow_execution_logs, result_summary), offsetof(struct rh_workflow_execution_logs, has.result_summary) },
    { "error_details", RH_FIELD_TEXT, false, offsetof(struct rh_workflow_execution_logs, error_details), offsetof(struct rh_workflow_execution_logs, has.error_details) },
    { "trigger_data", RH_FIELD_CELL, false, offsetof(struct rh_workflow_execution_logs, trigger_data), offsetof(struct rh_workflow_execution_logs, has.trigger_data) },
    { "created_at", RH_FIELD_TIME, false, offsetof(struct rh_workflow_execution_logs, created_at), offsetof(struct rh_workflow_execution_logs, has.created_at) },
    { "organization_id", RH_FIELD_UUID, false, offsetof(struct rh_workflow_execution_logs, organization_id), offsetof(struct rh_workflow_execution_logs, has.organization_id) },
};
static const struct rh_record rh_workflow_execution_logs_record = { "workflow_execution_logs", 10, rh_workflow_execution_logs_fields };

/* api_rate_limits: Track API request rates per organization/user */
struct rh_api_rate_limits {
    int64_t id;  /* bigint NOT NULL */
    struct rh_uuid organization_id;  /* uuid NOT NULL */
    struct rh_uuid user_id;  /* uuid */
    struct rh_string endpoint;  /* text NOT NULL */
    int64_t request_count;  /* integer NOT NULL */
    int64_t window_start;  /* timestamp with time zone NOT NULL */
    int64_t window_duration_minutes;  /* integer NOT NULL */
    int64_t created_at;  /* timestamp with time zone NOT NULL */
    int64_t updated_at;  /* timestamp with time zone NOT NULL */
    int64_t window_end;  /* timestamp with time zone */
    struct {
        bool id, organization_id, user_id, endpoint, request_count, window_start, window_duration_minutes, created_at, updated_at, window_end;
    } has;
};
static const struct rh_field rh_api_rate_limits_fields[] = {
    { "id", RH_FIELD_INT, false, offsetof(struct rh_api_rate_limits, id), offsetof(struct rh_api_rate_limits, has.id) },
    { "organization_id", RH_FIELD_UUID, false, offsetof(struct rh_api_rate_limits, organization_id), offsetof(struct rh_api_rate_limits, has.organization_id) },
    { "user_id", RH_FIELD_UUID, false, offsetof(struct rh_api_rate_limits, user_id), offsetof(struct rh_api_rate_limits, has.user_id) },
    { "endpoint", RH_FIELD_TEXT, false, offsetof(struct rh_api_rate_limits, endpoint), offsetof(struct rh_api_rate_limits, has.endpoint) },
    { "request_count", RH_FIELD_INT, false, offsetof(struct rh_api_rate_limits, request_count), offsetof(struct rh_api_rate_limits, has.request_count) },
    { "window_start", RH_FIELD_TIME, false, offsetof(struct rh_api_rate_limits, window_start), offsetof(struct rh_api_rate_limits, has.window_start) },
    { "window_duration_minutes", RH_FIELD_INT, false, offsetof(struct rh_api_rate_limits, window_duration_minutes), offsetof(struct rh_api_rate_limits, has.window_duration_minutes) },
    { "created_at", RH_FIELD_TIME, false, offsetof(struct rh_api_rate_limits, created_at), offsetof(struct rh_api_rate_limits, has.created_at) },
    { "updated_at", RH_FIELD_TIME, false, offsetof(struct rh_api_rate_limits, updated_at), offsetof(struct rh_api_rate_limits, has.updated_at) },
    { "window_end", RH_FIELD_TIME, true, offsetof(struct rh_api_rate_limits, window_end), offsetof(struct rh_api_rate_limits, has.window_end) },
};
static const struct rh_record rh_api_rate_limits_record = { "api_rate_limits", 10, rh_api_rate_limits_fields };

/* quota_policies: Define quota policies for different endpoint patterns and roles */
struct rh_quota_policies {
    struct rh_uuid id;  /* uuid NOT NULL */
    struct rh_string policy_name;  /* text NOT NULL */
    struct rh_string description;  /* text */
    struct rh_string endpoint_pattern;  /* text NOT NULL */
    int64_t max_requests_per_hour;  /* integer NOT NULL */
    int64_t max_requests_per_day;  /* integer NOT NULL */
    int64_t max_requests_per_month;  /* integer NOT NULL */
    bool is_active;  /* boolean NOT NULL */
    struct rh_string applies_to_role;  /* text */
    int64_t created_at;  /* timestamp with time zone NOT NULL */
    int64_t updated_at;  /* timestamp with time zone NOT NULL */
    struct {
        bool id, policy_name, description, endpoint_pattern, max_requests_per_hour, max_requests_per_day, max_requests_per_month, is_active, applies_to_role, created_at, updated_at;
    } has;
};
static const struct rh_field rh_quota_policies_fields[] = {
    { "id", RH_FIELD_UUID, false, offsetof(struct rh_quota_policies, id), offsetof(struct rh_quota_policies, has.id) },
    { "policy_name", RH_FIELD_TEXT, false, offsetof(struct rh_quota_policies, policy_name), offsetof(struct rh_quota_policies, has.policy_name) },
    { "description", RH_FIELD_TEXT, false, offsetof(struct rh_quota_policies, description), offsetof(struct rh_quota_policies, has.description) },
    { "endpoint_pattern", RH_FIELD_TEXT, false, offsetof(struct rh_quota_policies, endpoint_pattern), offsetof(struct rh_quota_policies, has.endpoint_pattern) },
    { "max_requests_per_hour", RH_FIELD_INT, false, offsetof(struct rh_quota_policies, max_requests_per_hour), offsetof(struct rh_quota_policies, has.max_requests_per_hour) },
    { "max_requests_per_day", RH_FIELD_INT, false, offsetof(struct rh_quota_policies, max_requests_per_day), offsetof(struct rh_quota_policies, has.max_requests_per_day) },
    { "max_requests_per_month", RH_FIELD_INT, false, offsetof(struct rh_quota_policies, max_requests_per_month), offsetof(struct rh_quota_policies, has.max_requests_per_month) },
    { "is_active", RH_FIELD_BOOL, false, offsetof(struct rh_quota_policies, is_active), offsetof(struct rh_quota_policies, has.is_active) },
    { "applies_to_role", RH_FIELD_TEXT, false, offsetof(struct rh_quota_policies, applies_to_role), offsetof(struct rh_quota_policies, has.applies_to_role) },
    { "created_at", RH_FIELD_TIME, false, offsetof(struct rh_quota_policies, created_at), offsetof(struct rh_quota_policies, has.created_at) },
    { "updated_at", RH_FIELD_TIME, false, offsetof(struct rh_quota_policies, updated_at), offsetof(struct rh_quota_policies, has.updated_at) },
};
static const struct rh_record rh_quota_policies_record = { "quota_policies", 11, rh_quota_policies_fields };

/* organization_quota_overrides: Override default quotas for specific organizations */
struct rh_organization_quota_overrides {
    struct rh_uuid id;  /* uuid NOT NULL */
    struct rh_uuid organization_id;  /* uuid NOT NULL */
    struct rh_uuid policy_id;  /* uuid NOT NULL */
    int64_t max_requests_per_hour;  /* integer */
    int64_t max_requests_per_day;  /* integer */
    int64_t max_requests_per_month;  /* integer */
    struct rh_string reason;  /* text */
    struct rh_uuid created_by;  /* uuid */
    int64_t created_at;  /* timestamp with time zone NOT NULL */
    int64_t expires_at;  /* timestamp with time zone */
    struct {
        bool id, organization_id, policy_id, max_requests_per_hour, max_requests_per_day, max_requests_per_month, reason, created_by, created_at, expires_at;
    } has;
};
static const struct rh_field rh_organization_quota_overrides_fields[] = {
    { "id", RH_FIELD_UUID, false, offsetof(struct rh_organization_quota_overrides, id), offsetof(struct rh_organization_quota_overrides, has.id) },
    { "organization_id", RH_FIELD_UUID, false, offsetof(struct rh_organization_quota_overrides, organization_id), offsetof(struct rh_organization_quota_overrides, has.organization_id) },
    { "policy_id", RH_FIELD_UUID, false, offsetof(struct rh_organization_quota_overrides, policy_id), offsetof(struct rh_organization_quota_overrides, has.policy_id) },
    { "max_requests_per_hour", RH_FIELD_INT, false, offsetof(struct rh_organization_quota_overrides, max_requests_per_hour), offsetof(struct rh_organization_quota_overrides, has.max_requests_per_hour) },
    { "max_requests_per_day", RH_FIELD_INT, false, offsetof(struct rh_organization_quota_overrides, max_requests_per_day), offsetof(struct rh_organization_quota_overrides, has.max_requests_per_day) },
    { "max_requests_per_month", RH_FIELD_INT, false, offsetof(struct rh_organization_quota_overrides, max_requests_per_month), offsetof(struct rh_organization_quota_overrides, has.max_requests_per_month) },
    { "reason", RH_FIELD_TEXT, false, offsetof(struct rh_organization_quota_overrides, reason), offsetof(struct rh_organization_quota_overrides, has.reason) },
    { "created_by", RH_FIELD_UUID, false, offsetof(struct rh_organization_quota_overrides, created_by), offsetof(struct rh_organization_quota_overrides, has.created_by) },
    { "created_at", RH_FIELD_TIME, false, offsetof(struct rh_organization_quota_overrides, created_at), offsetof(struct rh_organization_quota_overrides, has.created_at) },
    { "expires_at", RH_FIELD_TIME, false, offsetof(struct rh_organization_quota_overrides, expires_at), offsetof(struct rh_organization_quota_overrides, has.expires_at) },
};
static const struct rh_record rh_organization_quota_overrides_record = { "organization_quota_overrides", 10, rh_organization_quota_overrides_fields };

/* quota_alerts: Alert when quotas are approaching limits */
struct rh_quota_alerts {
    int64_t id;  /* bigint NOT NULL */
    struct rh_uuid organization_id;  /* uuid NOT NULL */
    struct rh_uuid user_id;  /* uuid */
    struct rh_string alert_type;  /* text NOT NULL */
    struct rh_string policy_name;  /* text NOT NULL */
    int64_t current_usage;  /* integer NOT NULL */
    int64_t limit_value;  /* integer NOT NULL */
    struct rh_cell percentage_used;  /* numeric(5,2) */
    struct rh_string message;  /* text NOT NULL */
    bool is_acknowledged;  /* boolean NOT NULL */
    struct rh_uuid acknowledged_by;  /* uuid */
    int64_t acknowledged_at;  /* timestamp with time zone */
    int64_t created_at;  /* timestamp with time zone NOT NULL */
    struct {
        bool id, organization_id, user_id, alert_type, policy_name, current_usage, limit_value, percentage_used, message, is_acknowledged, acknowledged_by, acknowledged_at, created_at;
    } has;
};
static const struct rh_field rh_quota_alerts_fields[] = {
    { "id", RH_FIELD_INT, false, offsetof(struct rh_quota_alerts, id), offsetof(struct rh_quota_alerts, has.id) },
    { "organization_id", RH_FIELD_UUID, false, offsetof(struct rh_quota_alerts, organization_id), offsetof(struct rh_quota_alerts, has.organization_id) },
    { "user_id", RH_FIELD_UUID, false, offsetof(struct rh_quota_alerts, user_id), offsetof(struct rh_quota_alerts, has.user_id) },
    { "alert_type", RH_FIELD_TEXT, false, offsetof(struct rh_quota_alerts, alert_type), offsetof(struct rh_quota_alerts, has.alert_type) },
    { "policy_name", RH_FIELD_TEXT, false, offsetof(struct rh_quota_alerts, policy_name), offsetof(struct rh_quota_alerts, has.policy_name) },
    { "current_usage", RH_FIELD_INT, false, offsetof(struct rh_quota_alerts, current_usage), offsetof(struct rh_quota_alerts, has.current_usage) },
    { "limit_value", RH_FIELD_INT, false, offsetof(struct rh_quota_alerts, limit_value), offsetof(struct rh_quota_alerts, has.limit_value) },
    { "percentage_used", RH_FIELD_CELL, false, offsetof(struct rh_quota_alerts, percentage_used), offsetof(struct rh_quota_alerts, has.percentage_used) },
    { "message", RH_FIELD_TEXT, false, offsetof(struct rh_quota_alerts, message), offsetof(struct rh_quota_alerts, has.message) },
    { "is_acknowledged", RH_FIELD_BOOL, false, offsetof(struct rh_quota_alerts, is_acknowledged), offsetof(struct rh_quota_alerts, has.is_acknowledged) },
    { "acknowledged_by", RH_FIELD_UUID, false, offsetof(struct rh_quota_alerts, acknowledged_by), offsetof(struct rh_quota_alerts, has.acknowledged_by) },
    { "acknowledged_at", RH_FIELD_TIME, false, offsetof(struct rh_quota_alerts, acknowledged_at), offsetof(struct rh_quota_alerts, has.acknowledged_at) },
    { "created_at", RH_FIELD_TIME, false, offsetof(struct rh_quota_alerts, created_at), offsetof(struct rh_quota_alerts, has.created_at) },
};
static const struct rh_record rh_quota_alerts_record = { "quota_alerts", 13, rh_quota_alerts_fields };

/* api_usage_statistics: Aggregate API usage statistics */
struct rh_api_usage_statistics {
    int64_t id;  /* bigint NOT NULL */
    struct rh_uuid organization_id;  /* uuid NOT NULL */
    struct rh_uuid user_id;  /* uuid */
    struct rh_string endpoint;  /* text NOT NULL */
    int64_t date;  /* date NOT NULL */
    int64_t total_requests;  /* integer NOT NULL */
    int64_t successful_requests;  /* integer NOT NULL */
    int64_t failed_requests;  /* integer NOT NULL */
    struct rh_cell average_response_time_ms;  /* numeric(10,2) */
    struct rh_cell p95_response_time_ms;  /* numeric(10,2) */
    struct rh_cell p99_response_time_ms;  /* numeric(10,2) */
    int64_t created_at;  /* timestamp with time zone NOT NULL */
    int64_t updated_at;  /* timestamp with time zone NOT NULL */
    struct {
        bool id, organization_id, user_id, endpoint, date, total_requests, successful_requests, failed_requests, average_response_time_ms, p95_response_time_ms, p99_response_time_ms, created_at, updated_at;
    } has;
};
static const struct rh_field rh_api_usage_statistics_fields[] = {
    { "id", RH_FIELD_INT, false, offsetof(struct rh_api_usage_statistics, id), offsetof(struct rh_api_usage_statistics, has.id) },
    { "organization_id", RH_FIELD_UUID, false, offsetof(struct rh_api_usage_statistics, organization_id), offsetof(struct rh_api_usage_statistics, has.organization_id) },
    { "user_id", RH_FIELD_UUID, false, offsetof(struct rh_api_usage_statistics, user_id), offsetof(struct rh_api_usage_statistics, has.user_id) },
    { "endpoint", RH_FIELD_TEXT, false, offsetof(struct rh_api_usage_statistics, endpoint), offsetof(struct rh_api_usage_statistics, has.endpoint) },
    { "date", RH_FIELD_TIME, false, offsetof(struct rh_api_usage_statistics, date), offsetof(struct rh_api_usage_statistics, has.date) },
    { "total_requests", RH_FIELD_INT, false, offsetof(struct rh_api_usage_statistics, total_requests), offsetof(struct rh_api_usage_statistics, has.total_requests) },
    { "successful_requests", RH_FIELD_INT, false, offsetof(struct rh_api_usage_statistics, successful_requests), offsetof(struct rh_api_usage_statistics, has.successful_requests) },
    { "failed_requests", RH_FIELD_INT, false, offsetof(struct rh_api_usage_statistics, failed_requests), offsetof(struct rh_api_usage_statistics, has.failed_requests) },
    { "average_response_time_ms", RH_FIELD_CELL, false, offsetof(struct rh_api_usage_statistics, average_response_time_ms), offsetof(struct rh_api_usage_statistics, has.average_response_time_ms) },
    { "p95_response_time_ms", RH_FIELD_CELL, false, offsetof(struct rh_api_usage_statistics, p95_response_time_ms), offsetof(struct rh_api_usage_statistics, has.p95_response_time_ms) },
    { "p99_response_time_ms", RH_FIELD_CELL, false, offsetof(struct rh_api_usage_statistics, p99_response_time_ms), offsetof(struct rh_api_usage_statistics, has.p99_response_time_ms) },
    { "created_at", RH_FIELD_TIME, false, offsetof(struct rh_api_usage_statistics, created_at), offsetof(struct rh_api_usage_statistics, has.created_at) },
    { "updated_at", RH_FIELD_TIME, false, offsetof(struct rh_api_usage_statistics, updated_at), offsetof(struct rh_api_usage_statistics, has.updated_at) },
};
static const struct rh_record rh_api_usage_statistics_record = { "api_usage_statistics", 13, rh_api_usage_statistics_fields };

/* user_2fa_settings: Two-factor authentication settings */
struct rh_user_2fa_settings {
    struct rh_uuid id;  /* uuid NOT NULL */
    struct rh_uuid user_id;  /* uuid NOT NULL */
    bool is_enabled;  /* boolean NOT NULL */
    struct rh_string method;  /* text NOT NULL */
    struct rh_string secret;  /* text */
    struct rh_cell backup_codes;  /* text[] */
    int64_t backup_codes_remaining;  /* integer */
    int64_t last_verified_at;  /* timestamp with time zone */
    bool enforced_by_policy;  /* boolean */
    int64_t created_at;  /* timestamp with time zone NOT NULL */
    int64_t updated_at;  /* timestamp with time zone NOT NULL */
    struct {
        bool id, user_id, is_enabled, method, secret, backup_codes, backup_codes_remaining, last_verified_at, enforced_by_policy, created_at, updated_at;
    } has;
};
static const struct rh_field rh_user_2fa_settings_fields[] = {
    { "id", RH_FIELD_UUID, false, offsetof(struct rh_user_2fa_settings, id), offsetof(struct rh_user_2fa_settings, has.id) },
    { "user_id", RH_FIELD_UUID, false, offsetof(struct rh_user_2fa_settings, user_id), offsetof(struct rh_user_2fa_settings, has.user_id) },
    { "is_enabled", RH_FIELD_BOOL, false, offsetof(struct rh_user_2fa_settings, is_enabled), offsetof(struct rh_user_2fa_settings, has.is_enabled) },
    { "method", RH_FIELD_TEXT, false, offsetof(struct rh_user_2fa_settings, method), offsetof(struct rh_user_2fa_settings, has.method) },
    { "secret", RH_FIELD_TEXT, false, offsetof(struct rh_user_2fa_settings, secret), offsetof(struct rh_user_2fa_settings, has.secret) },
    { "backup_codes", RH_FIELD_CELL, false, offsetof(struct rh_user_2fa_settings, backup_codes), offsetof(struct rh_user_2fa_settings, has.backup_codes) },
    { "backup_codes_remaining", RH_FIELD_INT, false, offsetof(struct rh_user_2fa_settings, backup_codes_remaining), offsetof(struct rh_user_2fa_settings, has.backup_codes_remaining) },
    { "last_verified_at", RH_FIELD_TIME, false, offsetof(struct rh_user_2fa_settings, last_verified_at), offsetof(struct rh_user_2fa_settings, has.last_verified_at) },
    { "enforced_by_policy", RH_FIELD_BOOL, false, offsetof(struct rh_user_2fa_settings, enforced_by_policy), offsetof(struct rh_user_2fa_settings, has.enforced_by_policy) },
    { "created_at", RH_FIELD_TIME, false, offsetof(struct rh_user_2fa_settings, created_at), offsetof(struct rh_user_2fa_settings, has.created_at) },
    { "updated_at", RH_FIELD_TIME, false, offsetof(struct rh_user_2fa_settings, updated_at), offsetof(struct rh_user_2fa_settings, has.updated_at) },
};
static const struct rh_record rh_user_2fa_settings_record = { "user_2fa_settings", 11, rh_user_2fa_settings_fields };

/* user_2fa_attempts: Track 2FA verification attempts */
struct rh_user_2fa_attempts {
    int64_t id;  /* bigint NOT NULL */
    struct rh_uuid user_id;  /* uuid NOT NULL */
    struct rh_string attempt_type;  /* text NOT NULL */
    bool success;  /* boolean NOT NULL */
    struct rh_string ip_address;  /* text */
    struct rh_string user_agent;  /* text */
    int64_t created_at;  /* timestamp with time zone NOT NULL */
    struct {
        bool id, user_id, attempt_type, success, ip_address, user_agent, created_at;
    } has;
};
static const struct rh_field rh_user_2fa_attempts_fields[] = {
    { "id", RH_FIELD_INT, false, offsetof(struct rh_user_2fa_attempts, id), offsetof(struct rh_user_2fa_attempts, has.id) },
    { "user_id", RH_FIELD_UUID, false, offsetof(struct rh_user_2fa_attempts, user_id), offsetof(struct rh_user_2fa_attempts, has.user_id) },
    { "attempt_type", RH_FIELD_TEXT, false, offsetof(struct rh_user_2fa_attempts, attempt_type), offsetof(struct rh_user_2fa_attempts, has.attempt_type) },
    { "success", RH_FIELD_BOOL, false, offsetof(struct rh_user_2fa_attempts, success), offsetof(struct rh_user_2fa_attempts, has.success) },
    { "ip_address", RH_FIELD_TEXT, false, offsetof(struct rh_user_2fa_attempts, ip_address), offsetof(struct rh_user_2fa_attempts, has.ip_address) },
    { "user_agent", RH_FIELD_TEXT, false, offsetof(struct rh_user_2fa_attempts, user_agent), offsetof(struct rh_user_2fa_attempts, has.user_agent) },
    { "created_at", RH_FIELD_TIME, false, offsetof(struct rh_user_2fa_attempts, created_at), offsetof(struct rh_user_2fa_attempts, has.created_at) },
};
static const struct rh_record rh_user_2fa_attempts_record = { "user_2fa_attempts", 7, rh_user_2fa_attempts_fields };

/* login_attempts: Track login attempts for security monitoring */
struct rh_login_attempts {
    int64_t id;  /* bigint NOT NULL */
    struct rh_uuid user_id;  /* uuid */
    struct rh_string email;  /* text NOT NULL */
    bool success;  /* boolean NOT NULL */
    struct rh_string failure_reason;  /* text */
    struct rh_string ip_address;  /* text */
    struct rh_string user_agent;  /* text */
    struct rh_string device_fingerprint;  /* text */
    struct rh_cell location;  /* jsonb */
    int64_t created_at;  /* timestamp with time zone NOT NULL */
    struct {
        bool id, user_id, email, success, failure_reason, ip_address, user_agent, device_fingerprint, location, created_at;
    } has;
};
static const struct rh_field rh_login_attempts_fields[] = {
    { "id", RH_FIELD_INT, false, offsetof(struct rh_login_attempts, id), offsetof(struct rh_login_attempts, has.id) },
    { "user_id", RH_FIELD_UUID, false, offsetof(struct rh_login_attempts, user_id), offsetof(struct rh_login_attempts, has.user_id) },
    { "email", RH_FIELD_TEXT, false, offsetof(struct rh_login_attempts, email), offsetof(struct rh_login_attempts, has.email) },
    { "success", RH_FIELD_BOOL, false, offsetof(struct rh_login_attempts, success), offsetof(struct rh_login_attempts, has.success) },
    { "failure_reason", RH_FIELD_TEXT, false, offsetof(struct rh_login_attempts, failure_reason), offsetof(struct rh_login_attempts, has.failure_reason) },
    { "ip_address", RH_FIELD_TEXT, false, offsetof(struct rh_login_attempts, ip_address), offsetof(struct rh_login_attempts, has.ip_address) },
    { "user_agent", RH_FIELD_TEXT, false, offsetof(struct rh_login_attempts, user_agent), offsetof(struct rh_login_attempts, has.user_agent) },
    { "device_fingerprint", RH_FIELD_TEXT, false, offsetof(struct rh_login_attempts, device_fingerprint), offsetof(struct rh_login_attempts, has.device_fingerprint) },
    { "location", RH_FIELD_CELL, false, offsetof(struct rh_login_attempts, location), offsetof(struct rh_login_attempts, has.location) },
    { "created_at", RH_FIELD_TIME, false, offsetof(struct rh_login_attempts, created_at), offsetof(struct rh_login_attempts, has.created_at) },
};
static const struct rh_record rh_login_attempts_record = { "login_attempts", 10, rh_login_attempts_fields };

/* trusted_devices: Manage trusted devices for users */
struct rh_trusted_devices {
    struct rh_uuid id;  /* uuid NOT NULL */
    struct rh_uuid user_id;  /* uuid NOT NULL */
    struct rh_string device_fingerprint;  /* text NOT NULL */
    struct rh_string device_name;  /* text */
    struct rh_string device_type;  /* text */
    struct rh_string browser;  /* text */
    struct rh_string os;  /* text */
    struct rh_string ip_address;  /* text */
    int64_t last_used_at;  /* timestamp with time zone NOT NULL */
    int64_t trusted_at;  /* timestamp with time zone NOT NULL */
    int64_t expires_at;  /* timestamp with time zone */
    bool is_active;  /* boolean NOT NULL */
    int64_t created_at;  /* timestamp with time zone NOT NULL */
    struct {
        bool id, user_id, device_fingerprint, device_name, device_type, browser, os, ip_address, last_used_at, trusted_at, expires_at, is_active, created_at;
    } has;
};
static const struct rh_field rh_trusted_devices_fields[] = {
    { "id", RH_FIELD_UUID, false, offsetof(struct rh_trusted_devices, id), offsetof(struct rh_trusted_devices, has.id) },
    { "user_id", RH_FIELD_UUID, false, offsetof(struct rh_trusted_devices, user_id), offsetof(struct rh_trusted_devices, has.user_id) },
    { "device_fingerprint", RH_FIELD_TEXT, false, offsetof(struct rh_trusted_devices, device_fingerprint), offsetof(struct rh_trusted_devices, has.device_fingerprint) },
    { "device_name", RH_FIELD_TEXT, false, offsetof(struct rh_trusted_devices, device_name), offsetof(struct rh_trusted_devices, has.device_name) },
    { "device_type", RH_FIELD_TEXT, false, offsetof(struct rh_trusted_devices, device_type), offsetof(struct rh_trusted_devices, has.device_type) },
    { "browser", RH_FIELD_TEXT, false, offsetof(struct rh_trusted_devices, browser), offsetof(struct rh_trusted_devices, has.browser) },
    { "os", RH_FIELD_TEXT, false, offsetof(struct rh_trusted_devices, os), offsetof(struct rh_trusted_devices, has.os) },
    { "ip_address", RH_FIELD_TEXT, false, offsetof(struct rh_trusted_devices, ip_address), offsetof(struct rh_trusted_devices, has.ip_address) },
    { "last_used_at", RH_FIELD_TIME, false, offsetof(struct rh_trusted_devices, last_used_at), offsetof(struct rh_trusted_devices, has.last_used_at) },
    { "trusted_at", RH_FIELD_TIME, false, offsetof(struct rh_trusted_devices, trusted_at), offsetof(struct rh_trusted_devices, has.trusted_at) },
    { "expires_at", RH_FIELD_TIME, false, offsetof(struct rh_trusted_devices, expires_at), offsetof(struct rh_trusted_devices, has.expires_at) },
    { "is_active", RH_FIELD_BOOL, false, offsetof(struct rh_trusted_devices, is_active), offsetof(struct rh_trusted_devices, has.is_active) },
    { "created_at", RH_FIELD_TIME, false, offsetof(struct rh_trusted_devices, created_at), offsetof(struct rh_trusted_devices, has.created_at) },
};
static const struct rh_record rh_trusted_devices_record = { "trusted_devices", 13, rh_trusted_devices_fields };

/* security_alerts: Security alerts for user accounts */
struct rh_security_alerts {
    int64_t id;  /* bigint NOT NULL */
    struct rh_uuid user_id;  /* uuid NOT NULL */
    struct rh_string alert_type;  /* text NOT NULL */
    struct rh_string severity;  /* text NOT NULL */
    struct rh_string title;  /* text NOT NULL */
    struct rh_string message;  /* text NOT NULL */
    struct rh_cell metadata;  /* jsonb */
    bool is_acknowledged;  /* boolean NOT NULL */
    int64_t acknowledged_at;  /* timestamp with time zone */
    struct rh_uuid acknowledged_by;  /* uuid */
    int64_t created_at;  /* timestamp with time zone NOT NULL */
    struct {
        bool id, user_id, alert_type, severity, title, message, metadata, is_acknowledged, acknowledged_at, acknowledged_by, created_at;
    } has;
};
static const struct rh_field rh_security_alerts_fields[] = {
    { "id", RH_FIELD_INT, false, offsetof(struct rh_security_alerts, id), offsetof(struct rh_security_alerts, has.id) },
    { "user_id", RH_FIELD_UUID, false, offsetof(struct rh_security_alerts, user_id), offsetof(struct rh_security_alerts, has.user_id) },
    { "alert_type", RH_FIELD_TEXT, false, offsetof(struct rh_security_alerts, alert_type), offsetof(struct rh_security_alerts, has.alert_type) },
    { "severity", RH_FIELD_TEXT, false, offsetof(struct rh_security_alerts, severity), offsetof(struct rh_security_alerts, has.severity) },
    { "title", RH_FIELD_TEXT, false, offsetof(struct rh_security_alerts, title), offsetof(struct rh_security_alerts, has.title) },
    { "message", RH_FIELD_TEXT, false, offsetof(struct rh_security_alerts, message), offsetof(struct rh_security_alerts, has.message) },
    { "metadata", RH_FIELD_CELL, false, offsetof(struct rh_security_alerts, metadata), offsetof(struct rh_security_alerts, has.metadata) },
    { "is_acknowledged", RH_FIELD_BOOL, false, offsetof(struct rh_security_alerts, is_acknowledged), offsetof(struct rh_security_alerts, has.is_acknowledged) },
    { "acknowledged_at", RH_FIELD_TIME, false, offsetof(struct rh_security_alerts, acknowledged_at), offsetof(struct rh_security_alerts, has.acknowledged_at) },
    { "acknowledged_by", RH_FIELD_UUID, false, offsetof(struct rh_security_alerts, acknowledged_by), offsetof(struct rh_security_alerts, has.acknowledged_by) },
    { "created_at", RH_FIELD_TIME, false, offsetof(struct rh_security_alerts, created_at), offsetof(struct rh_security_alerts, has.created_at) },
};
static const struct rh_record rh_security_alerts_record = { "security_alerts", 11, rh_security_alerts_fields };

/* incidents: Track system incidents */
struct rh_incidents {
    struct rh_uuid id;  /* uuid NOT NULL */
    struct rh_string incident_type;  /* text NOT NULL */
    struct rh_string severity;  /* text NOT NULL */
    struct rh_string status;  /* text NOT NULL */
    struct rh_string title;  /* text NOT NULL */
    struct rh_string description;  /* text */
    struct rh_string affected_service;  /* text */
    struct rh_uuid organization_id;  /* uuid */
    struct rh_uuid user_id;  /* uuid */
    int64_t detected_at;  /* timestamp with time zone NOT NULL */
    int64_t resolved_at;  /* timestamp with time zone */
    struct rh_cell metadata;  /* jsonb */
    struct rh_cell error_details;  /* jsonb */
    struct rh_string stack_trace;  /* text */
    bool auto_created;  /* boolean */
    struct rh_uuid assigned_to;  /* uuid */
    int64_t created_at;  /* timestamp with time zone NOT NULL */
    int64_t updated_at;  /* timestamp with time zone NOT NULL */
    struct {
        bool id, incident_type, severity, status, title, description, affected_service, organization_id, user_id, detected_at, resolved_at, metadata, error_details, stack_trace, auto_created, assigned_to, created_at, updated_at;
    } has;
};
static const struct rh_field rh_incidents_fields[] = {
    { "id", RH_FIELD_UUID, false, offsetof(struct rh_incidents, id), offsetof(struct rh_incidents, has.id) },
    { "incident_type", RH_FIELD_TEXT, false, offsetof(struct rh_incidents, incident_type), offsetof(struct rh_incidents, has.incident_type) },
    { "severity", RH_FIELD_TEXT, false, offsetof(struct rh_incidents, severity), offsetof(struct rh_incidents, has.severity) },
    { "status", RH_FIELD_TEXT, false, offsetof(struct rh_incidents, status), offsetof(struct rh_incidents, has.status) },
    { "title", RH_FIELD_TEXT, false, offsetof(struct rh_incidents, title), offsetof(struct rh_incidents, has.title) },
    { "description", RH_FIELD_TEXT, false, offsetof(struct rh_incidents, description), offsetof(struct rh_incidents, has.description) },
    { "affected_service", RH_FIELD_TEXT, false, offsetof(struct rh_incidents, affected_service), offsetof(struct rh_incidents, has.affected_service) },
    { "organization_id", RH_FIELD_UUID, false, offsetof(struct rh_incidents, organization_id), offsetof(struct rh_incidents, has.organization_id) },
    { "user_id", RH_FIELD_UUID, false, offsetof(struct rh_incidents, user_id), offsetof(struct rh_incidents, has.user_id) },
    { "detected_at", RH_FIELD_TIME, false, offsetof(struct rh_incidents, detected_at), offsetof(struct rh_incidents, has.detected_at) },
    { "resolved_at", RH_FIELD_TIME, false, offsetof(struct rh_incidents, resolved_at), offsetof(struct rh_incidents, has.resolved_at) },
    { "metadata", RH_FIELD_CELL, false, offsetof(struct rh_incidents, metadata), offsetof(struct rh_incidents, has.metadata) },
    { "error_details", RH_FIELD_CELL, false, offsetof(struct rh_incidents, error_details), offsetof(struct rh_incidents, has.error_details) },
    { "stack_trace", RH_FIELD_TEXT, false, offsetof(struct rh_incidents, stack_trace), offsetof(struct rh_incidents, has.stack_trace) },
    { "auto_created", RH_FIELD_BOOL, false, offsetof(struct rh_incidents, auto_created), offsetof(struct rh_incidents, has.auto_created) },
    { "assigned_to", RH_FIELD_UUID, false, offsetof(struct rh_incidents, assigned_to), offsetof(struct rh_incidents, has.assigned_to) },
    { "created_at", RH_FIELD_TIME, false, offsetof(struct rh_incidents, created_at), offsetof(struct rh_incidents, has.created_at) },
    { "updated_at", RH_FIELD_TIME, false, offsetof(struct rh_incidents, updated_at), offsetof(struct rh_incidents, has.updated_at) },
};
static const struct rh_record rh_incidents_record = { "incidents", 18, rh_incidents_fields };

/* incident_actions: Track actions taken on incidents */
struct rh_incident_actions {
    int64_t id;  /* bigint NOT NULL */
    struct rh_uuid incident_id;  /* uuid NOT NULL */
    struct rh_string action_type;  /* text NOT NULL */
    struct rh_uuid actor_id;  /* uuid */
    struct rh_string actor_type;  /* text */
    struct rh_string description;  /* text NOT NULL */
    struct rh_cell metadata;  /* jsonb */
    int64_t created_at;  /* timestamp with time zone NOT NULL */
    struct {
        bool id, incident_id, action_type, actor_id, actor_type, description, metadata, created_at;
    } has;
};
static const struct rh_field rh_incident_actions_fields[] = {
    { "id", RH_FIELD_INT, false, offsetof(struct rh_incident_actions, id), offsetof(struct rh_incident_actions, has.id) },
    { "incident_id", RH_FIELD_UUID, false, offsetof(struct rh_incident_actions, incident_id), offsetof(struct rh_incident_actions, has.incident_id) },
    { "action_type", RH_FIELD_TEXT, false, offsetof(struct rh_incident_actions, action_type), offsetof(struct rh_incident_actions, has.action_type) },
    { "actor_id", RH_FIELD_UUID, false, offsetof(struct rh_incident_actions, actor_id), offsetof(struct rh_incident_actions, has.actor_id) },
    { "actor_type", RH_FIELD_TEXT, false, offsetof(struct rh_incident_actions, actor_type), offsetof(struct rh_incident_actions, has.actor_type) },
    { "description", RH_FIELD_TEXT, false, offsetof(struct rh_incident_actions, description), offsetof(struct rh_incident_actions, has.description) },
    { "metadata", RH_FIELD_CELL, false, offsetof(struct rh_incident_actions, metadata), offsetof(struct rh_incident_actions, has.metadata) },
    { "created_at", RH_FIELD_TIME, false, offsetof(struct rh_incident_actions, created_at), offsetof(struct rh_incident_actions, has.created_at) },
};
static const struct rh_record rh_incident_actions_record = { "incident_actions", 8, rh_incident_actions_fields };

/* notification_rules: Define when and how to send notifications */
struct rh_notification_rules {
    struct rh_uuid id;  /* uuid NOT NULL */
    struct rh_string name;  /* text NOT NULL */
    struct rh_string description;  /* text */
    bool is_active;  /* boolean */
    struct rh_cell trigger_conditions;  /* jsonb NOT NULL */
    struct rh_cell notification_channels;  /* text[] NOT NULL */
    struct rh_cell recipients;  /* jsonb NOT NULL */
    int64_t delay_seconds;  /* integer */
    int64_t cooldown_minutes;  /* integer */
    struct rh_uuid organization_id;  /* uuid */
    struct rh_uuid created_by;  /* uuid */
    int64_t created_at;  /* timestamp with time zone NOT NULL */
    int64_t updated_at;  /* timestamp with time zone NOT NULL */
    struct {
        bool id, name, description, is_active, trigger_conditions, notification_channels, recipients, delay_seconds, cooldown_minutes, organization_id, created_by, created_at, updated_at;
    } has;
};
static const struct rh_field rh_notification_rules_fields[] = {
    { "id", RH_FIELD_UUID, false, offsetof(struct rh_notification_rules, id), offsetof(struct rh_notification_rules, has.id) },
    { "name", RH_FIELD_TEXT, false, offsetof(struct rh_notification_rules, name), offsetof(struct rh_notification_rules, has.name) },
    { "description", RH_FIELD_TEXT, false, offsetof(struct rh_notification_rules, description), offsetof(struct rh_notification_rules, has.description) },
    { "is_active", RH_FIELD_BOOL, false, offsetof(struct rh_notification_rules, is_active), offsetof(struct rh_notification_rules, has.is_active) },
    { "trigger_conditions", RH_FIELD_CELL, false, offsetof(struct rh_notification_rules, trigger_conditions), offsetof(struct rh_notification_rules, has.trigger_conditions) },
    { "notification_channels", RH_FIELD_CELL, false, offsetof(struct rh_notification_rules, notification_channels), offsetof(struct rh_notification_rules, has.notification_channels) },
    { "recipients", RH_FIELD_CELL, false, offsetof(struct rh_notification_rules, recipients), offsetof(struct rh_notification_rules, has.recipients) },
    { "delay_seconds", RH_FIELD_INT, false, offsetof(struct rh_notification_rules, delay_seconds), offsetof(struct rh_notification_rules, has.delay_seconds) },
    { "cooldown_minutes", RH_FIELD_INT, false, offsetof(struct rh_notification_rules, cooldown_minutes), offsetof(struct rh_notification_rules, has.cooldown_minutes) },
    { "organization_id", RH_FIELD_UUID, false, offsetof(struct rh_notification_rules, organization_id), offsetof(struct rh_notification_rules, has.organization_id) },
    { "created_by", RH_FIELD_UUID, false, offsetof(struct rh_notification_rules, created_by), offsetof(struct rh_notification_rules, has.created_by) },
    { "created_at", RH_FIELD_TIME, false, offsetof(struct rh_notification_rules, created_at), offsetof(struct rh_notification_rules, has.created_at) },
    { "updated_at", RH_FIELD_TIME, false, offsetof(struct rh_notification_rules, updated_at), offsetof(struct rh_notification_rules, has.updated_at) },
};
static const struct rh_record rh_notification_rules_record = { "notification_rules", 13, rh_notification_rules_fields };

/* notification_logs: Track all notifications sent */
struct rh_notification_logs {
    int64_t id;  /* bigint NOT NULL */
    struct rh_uuid incident_id;  /* uuid NOT NULL */
    struct rh_uuid rule_id;  /* uuid */
    struct rh_string channel;  /* text NOT NULL */
    struct rh_string recipient;  /* text NOT NULL */
    struct rh_string status;  /* text NOT NULL */
    struct rh_string message;  /* text NOT NULL */
    int64_t sent_at;  /* timestamp with time zone */
    struct rh_string error_message;  /* text */
    int64_t retry_count;  /* integer */
    int64_t created_at;  /* timestamp with time zone NOT NULL */
    struct {
        bool id, incident_id, rule_id, channel, recipient, status, message, sent_at, error_message, retry_count, created_at;
    } has;
};
static const struct rh_field rh_notification_logs_fields[] = {
    { "id", RH_FIELD_INT, false, offsetof(struct rh_notification_logs, id), offsetof(struct rh_notification_logs, has.id) },
    { "incident_id", RH_FIELD_UUID, false, offsetof(struct rh_notification_logs, incident_id), offsetof(struct rh_notification_logs, has.incident_id) },
    { "rule_id", RH_FIELD_UUID, false, offsetof(struct rh_notification_logs, rule_id), offsetof(struct rh_notification_logs, has.rule_id) },
    { "channel", RH_FIELD_TEXT, false, offsetof(struct rh_notification_logs, channel), offsetof(struct rh_notification_logs, has.channel) },
    { "recipient", RH_FIELD_TEXT, false, offsetof(struct rh_notification_logs, recipient), offsetof(struct rh_notification_logs, has.recipient) },
    { "status", RH_FIELD_TEXT, false, offsetof(struct rh_notification_logs, status), offsetof(struct rh_notification_logs, has.status) },
    { "message", RH_FIELD_TEXT, false, offsetof(struct rh_notification_logs, message), offsetof(struct rh_notification_logs, has.message) },
    { "sent_at", RH_FIELD_TIME, false, offsetof(struct rh_notification_logs, sent_at), offsetof(struct rh_notification_logs, has.sent_at) },
    { "error_message", RH_FIELD_TEXT, false, offsetof(struct rh_notification_logs, error_message), offsetof(struct rh_notification_logs, has.error_message) },
    { "retry_count", RH_FIELD_INT, false, offsetof(struct rh_notification_logs, retry_count), offsetof(struct rh_notification_logs, has.retry_count) },
    { "created_at", RH_FIELD_TIME, false, offsetof(struct rh_notification_logs, created_at), offsetof(struct rh_notification_logs, has.created_at) },
};
static const struct rh_record rh_notification_logs_record = { "notification_logs", 11, rh_notification_logs_fields };

/* escalation_rules: Auto-escalate incidents based on rules */
struct rh_escalation_rules {
    struct rh_uuid id;  /* uuid NOT NULL */
    struct rh_string name;  /* text NOT NULL */
    struct rh_string description;  /* text */
    bool is_active;  /* boolean */
    struct rh_cell trigger_conditions;  /* jsonb NOT NULL */
    int64_t escalation_delay_minutes;  /* integer NOT NULL */
    struct rh_string escalate_to_role;  /* text */
    struct rh_cell escalate_to_users;  /* uuid[] */
    struct rh_cell notification_channels;  /* text[] */
    struct rh_uuid organization_id;  /* uuid */
    int64_t created_at;  /* timestamp with time zone NOT NULL */
    int64_t updated_at;  /* timestamp with time zone NOT NULL */
    struct {
        bool id, name, description, is_active, trigger_conditions, escalation_delay_minutes, escalate_to_role, escalate_to_users, notification_channels, organization_id, created_at, updated_at;
    } has;
};
static const struct rh_field rh_escalation_rules_fields[] = {
    { "id", RH_FIELD_UUID, false, offsetof(struct rh_escalation_rules, id), offsetof(struct rh_escalation_rules, has.id) },
    { "name", RH_FIELD_TEXT, false, offsetof(struct rh_escalation_rules, name), offsetof(struct rh_escalation_rules, has.name) },
    { "description", RH_FIELD_TEXT, false, offsetof(struct rh_escalation_rules, description), offsetof(struct rh_escalation_rules, has.description) },
    { "is_active", RH_FIELD_BOOL, false, offsetof(struct rh_escalation_rules, is_active), offsetof(struct rh_escalation_rules, has.is_active) },
    { "trigger_conditions", RH_FIELD_CELL, false, offsetof(struct rh_escalation_rules, trigger_conditions), offsetof(struct rh_escalation_rules, has.trigger_conditions) },
    { "escalation_delay_minutes", RH_FIELD_INT, false, offsetof(struct rh_escalation_rules, escalation_delay_minutes), offsetof(struct rh_escalation_rules, has.escalation_delay_minutes) },
    { "escalate_to_role", RH_FIELD_TEXT, false, offsetof(struct rh_escalation_rules, escalate_to_role), offsetof(struct rh_escalation_rules, has.escalate_to_role) },
    { "escalate_to_users", RH_FIELD_CELL, false, offsetof(struct rh_escalation_rules, escalate_to_users), offsetof(struct rh_escalation_rules, has.escalate_to_users) },
    { "notification_channels", RH_FIELD_CELL, false, offsetof(struct rh_escalation_rules, notification_channels), offsetof(struct rh_escalation_rules, has.notification_channels) },
    { "organization_id", RH_FIELD_UUID, false, offsetof(struct rh_escalation_rules, organization_id), offsetof(struct rh_escalation_rules, has.organization_id) },
    { "created_at", RH_FIELD_TIME, false, offsetof(struct rh_escalation_rules, created_at), offsetof(struct rh_escalation_rules, has.created_at) },
    { "updated_at", RH_FIELD_TIME, false, offsetof(struct rh_escalation_rules, updated_at), offsetof(struct rh_escalation_rules, has.updated_at) },
};
static const struct rh_record rh_escalation_rules_record = { "escalation_rules", 12, rh_escalation_rules_fields };

/* rollback_procedures: Define automated rollback procedures */
struct rh_rollback_procedures {
    struct rh_uuid id;  /* uuid NOT NULL */
    struct rh_string name;  /* text NOT NULL */
    struct rh_string description;  /* text */
    struct rh_cell trigger_incident_types;  /* text[] */
    struct rh_cell rollback_steps;  /* jsonb NOT NULL */
    bool requires_approval;  /* boolean */
    bool is_active;  /* boolean */
    int64_t last_tested_at;  /* timestamp with time zone */
    bool test_success;  /* boolean */
    struct rh_uuid created_by;  /* uuid */
    int64_t created_at;  /* timestamp with time zone NOT NULL */
    int64_t updated_at;  /* timestamp with time zone NOT NULL */
    struct {
        bool id, name, description, trigger_incident_types, rollback_steps, requires_approval, is_active, last_tested_at, test_success, created_by, created_at, updated_at;
    } has;
};
static const struct rh_field rh_rollback_procedures_fields[] = {
    { "id", RH_FIELD_UUID, false, offsetof(struct rh_rollback_procedures, id), offsetof(struct rh_rollback_procedures, has.id) },
    { "name", RH_FIELD_TEXT, false, offsetof(struct rh_rollback_procedures, name), offsetof(struct rh_rollback_procedures, has.name) },
    { "description", RH_FIELD_TEXT, false, offsetof(struct rh_rollback_procedures, description), offsetof(struct rh_rollback_procedures, has.description) },
    { "trigger_incident_types", RH_FIELD_CELL, false, offsetof(struct rh_rollback_procedures, trigger_incident_types), offsetof(struct rh_rollback_procedures, has.trigger_incident_types) },
    { "rollback_steps", RH_FIELD_CELL, false, offsetof(struct rh_rollback_procedures, rollback_steps), offsetof(struct rh_rollback_procedures, has.rollback_steps) },
    { "requires_approval", RH_FIELD_BOOL, false, offsetof(struct rh_rollback_procedures, requires_approval), offsetof(struct rh_rollback_procedures, has.requires_approval) },
    { "is_active", RH_FIELD_BOOL, false, offsetof(struct rh_rollback_procedures, is_active), offsetof(struct rh_rollback_procedures, has.is_active) },
    { "last_tested_at", RH_FIELD_TIME, false, offsetof(struct rh_rollback_procedures, last_tested_at), offsetof(struct rh_rollback_procedures, has.last_tested_at) },
    { "test_success", RH_FIELD_BOOL, false, offsetof(struct rh_rollback_procedures, test_success), offsetof(struct rh_rollback_procedures, has.test_success) },
    { "created_by", RH_FIELD_UUID, false, offsetof(struct rh_rollback_procedures, created_by), offsetof(struct rh_rollback_procedures, has.created_by) },
    { "created_at", RH_FIELD_TIME, false, offsetof(struct rh_rollback_procedures, created_at), offsetof(struct rh_rollback_procedures, has.created_at) },
    { "updated_at", RH_FIELD_TIME, false, offsetof(struct rh_rollback_procedures, updated_at), offsetof(struct rh_rollback_procedures, has.updated_at) },
};
static const struct rh_record rh_rollback_procedures_record = { "rollback_procedures", 12, rh_rollback_procedures_fields };

/* rollback_executions: Track rollback execution history */
struct rh_rollback_executions {
    struct rh_uuid id;  /* uuid NOT NULL */
    struct rh_uuid procedure_id;  /* uuid NOT NULL */
    struct rh_uuid incident_id;  /* uuid NOT NULL */
    struct rh_string status;  /* text NOT NULL */
    struct rh_uuid approved_by;  /* uuid */
    int64_t approved_at;  /* timestamp with time zone */
    int64_t started_at;  /* timestamp with time zone */
    int64_t completed_at;  /* timestamp with time zone */
    struct rh_cell result_summary;  /* jsonb */
    struct rh_string error_message;  /* text */
    int64_t created_at;  /* timestamp with time zone NOT NULL */
    struct {
        bool id, procedure_id, incident_id, status, approved_by, approved_at, started_at, completed_at, result_summary, error_message, created_at;
    } has;
};
static const struct rh_field rh_rollback_executions_fields[] = {
    { "id", RH_FIELD_UUID, false, offsetof(struct rh_rollback_executions, id), offsetof(struct rh_rollback_executions, has.id) },
    { "procedure_id", RH_FIELD_UUID, false, offsetof(struct rh_rollback_executions, procedure_id), offsetof(struct rh_rollback_executions, has.procedure_id) },
    { "incident_id", RH_FIELD_UUID, false, offsetof(struct rh_rollback_executions, incident_id), offsetof(struct rh_rollback_executions, has.incident_id) },
    { "status", RH_FIELD_TEXT, false, offsetof(struct rh_rollback_executions, status), offsetof(struct rh_rollback_executions, has.status) },
    { "approved_by", RH_FIELD_UUID, false, offsetof(struct rh_rollback_executions, approved_by), offsetof(struct rh_rollback_executions, has.approved_by) },
    { "approved_at", RH_FIELD_TIME, false, offsetof(struct rh_rollback_executions, approved_at), offsetof(struct rh_rollback_executions, has.approved_at) },
    { "started_at", RH_FIELD_TIME, false, offsetof(struct rh_rollback_executions, started_at), offsetof(struct rh_rollback_executions, has.started_at) },
    { "completed_at", RH_FIELD_TIME, false, offsetof(struct rh_rollback_executions, completed_at), offsetof(struct rh_rollback_executions, has.completed_at) },
    { "result_summary", RH_FIELD_CELL, false, offsetof(struct rh_rollback_executions, result_summary), offsetof(struct rh_rollback_executions, has.result_summary) },
    { "error_message", RH_FIELD_TEXT, false, offsetof(struct rh_rollback_executions, error_message), offsetof(struct rh_rollback_executions, has.error_message) },
    { "created_at", RH_FIELD_TIME, false, offsetof(struct rh_rollback_executions, created_at), offsetof(struct rh_rollback_executions, has.created_at) },
};
static const struct rh_record rh_rollback_executions_record = { "rollback_executions", 11, rh_rollback_executions_fields };

/* workflow_templates: Pre-built workflow templates */
struct rh_workflow_templates {
    struct rh_uuid id;  /* uuid NOT NULL */
    struct rh_string name;  /* text NOT NULL */
    struct rh_string description;  /* text */
    struct rh_string category;  /* text NOT NULL */
    struct rh_string icon;  /* text */
    struct rh_cell template_json;  /* jsonb NOT NULL */
    struct rh_cell variables;  /* jsonb */
    bool is_public;  /* boolean */
    int64_t use_count;  /* integer */
    struct rh_uuid created_by;  /* uuid */
    int64_t created_at;  /* timestamp with time zone NOT NULL */
    int64_t updated_at;  /* timestamp with time zone NOT NULL */
    struct {
        bool id, name, description, category, icon, template_json, variables, is_public, use_count, created_by, created_at, updated_at;
    } has;
};
static const struct rh_field rh_workflow_templates_fields[] = {
    { "id", RH_FIELD_UUID, false, offsetof(struct rh_workflow_templates, id), offsetof(struct rh_workflow_templates, has.id) },
    { "name", RH_FIELD_TEXT, false, offsetof(struct rh_workflow_templates, name), offsetof(struct rh_workflow_templates, has.name) },
    { "description", RH_FIELD_TEXT, false, offsetof(struct rh_workflow_templates, description), offsetof(struct rh_workflow_templates, has.description) },
    { "category", RH_FIELD_TEXT, false, offsetof(struct rh_workflow_templates, category), offsetof(struct rh_workflow_templates, has.category) },
    { "icon", RH_FIELD_TEXT, false, offsetof(struct rh_workflow_templates, icon), offsetof(struct rh_workflow_templates, has.icon) },
    { "template_json", RH_FIELD_CELL, false, offsetof(struct rh_workflow_templates, template_json), offsetof(struct rh_workflow_templates, has.template_json) },
    { "variables", RH_FIELD_CELL, false, offsetof(struct rh_workflow_templates, variables), offsetof(struct rh_workflow_templates, has.variables) },
    { "is_public", RH_FIELD_BOOL, false, offsetof(struct rh_workflow_templates, is_public), offsetof(struct rh_workflow_templates, has.is_public) },
    { "use_count", RH_FIELD_INT, false, offsetof(struct rh_workflow_templates, use_count), offsetof(struct rh_workflow_templates, has.use_count) },
    { "created_by", RH_FIELD_UUID, false, offsetof(struct rh_workflow_templates, created_by), offsetof(struct rh_workflow_templates, has.created_by) },
    { "created_at", RH_FIELD_TIME, false, offsetof(struct rh_workflow_templates, created_at), offsetof(struct rh_workflow_templates, has.created_at) },
    { "updated_at", RH_FIELD_TIME, false, offsetof(struct rh_workflow_templates, updated_at), offsetof(struct rh_workflow_templates, has.updated_at) },
};
static const struct rh_record rh_workflow_templates_record = { "workflow_templates", 12, rh_workflow_templates_fields };

/* workflow_conditions: Conditional branching in workflows */
struct rh_workflow_conditions {
    struct rh_uuid id;  /* uuid NOT NULL */
    struct rh_uuid workflow_id;  /* uuid */
    int64_t step_index;  /* integer NOT NULL */
    struct rh_string condition_type;  /* text NOT NULL */
    struct rh_string field_name;  /* text */
    struct rh_string operator_;  /* text */
    struct rh_cell value;  /* jsonb */
    int64_t next_step_on_true;  /* integer */
    int64_t next_step_on_false;  /* integer */
    int64_t created_at;  /* timestamp with time zone NOT NULL */
    struct {
        bool id, workflow_id, step_index, condition_type, field_name, operator_, value, next_step_on_true, next_step_on_false, created_at;
    } has;
};
static const struct rh_field rh_workflow_conditions_fields[] = {
    { "id", RH_FIELD_UUID, false, offsetof(struct rh_workflow_conditions, id), offsetof(struct rh_workflow_conditions, has.id) },
    { "workflow_id", RH_FIELD_UUID, false, offsetof(struct rh_workflow_conditions, workflow_id), offsetof(struct rh_workflow_conditions, has.workflow_id) },
    { "step_index", RH_FIELD_INT, false, offsetof(struct rh_workflow_conditions, step_index), offsetof(struct rh_workflow_conditions, has.step_index) },
    { "condition_type", RH_FIELD_TEXT, false, offsetof(struct rh_workflow_conditions, condition_type), offsetof(struct rh_workflow_conditions, has.condition_type) },
    { "field_name", RH_FIELD_TEXT, false, offsetof(struct rh_workflow_conditions, field_name), offsetof(struct rh_workflow_conditions, has.field_name) },
    { "operator", RH_FIELD_TEXT, false, offsetof(struct rh_workflow_conditions, operator_), offsetof(struct rh_workflow_conditions, has.operator_) },
    { "value", RH_FIELD_CELL, false, offsetof(struct rh_workflow_conditions, value), offsetof(struct rh_workflow_conditions, has.value) },
    { "next_step_on_true", RH_FIELD_INT, false, offsetof(struct rh_workflow_conditions, next_step_on_true), offsetof(struct rh_workflow_conditions, has.next_step_on_true) },
    { "next_step_on_false", RH_FIELD_INT, false, offsetof(struct rh_workflow_conditions, next_step_on_false), offsetof(struct rh_workflow_conditions, has.next_step_on_false) },
    { "created_at", RH_FIELD_TIME, false, offsetof(struct rh_workflow_conditions, created_at), offsetof(struct rh_workflow_conditions, has.created_at) },
};
static const struct rh_record rh_workflow_conditions_record = { "workflow_conditions", 10, rh_workflow_conditions_fields };

/* workflow_actions: Define individual workflow actions */
struct rh_workflow_actions {
    struct rh_uuid id;  /* uuid NOT NULL */
    struct rh_uuid workflow_id;  /* uuid */
    int64_t step_index;  /* integer NOT NULL */
    struct rh_string action_type;  /* text NOT NULL */
    struct rh_cell action_config;  /* jsonb NOT NULL */
    struct rh_cell retry_config;  /* jsonb */
    int64_t timeout_seconds;  /* integer */
    int64_t created_at;  /* timestamp with time zone NOT NULL */
    int64_t updated_at;  /* timestamp with time zone NOT NULL */
    struct {
        bool id, workflow_id, step_index, action_type, action_config, retry_config, timeout_seconds, created_at, updated_at;
    } has;
};
static const struct rh_field rh_workflow_actions_fields[] = {
    { "id", RH_FIELD_UUID, false, offsetof(struct rh_workflow_actions, id), offsetof(struct rh_workflow_actions, has.id) },
    { "workflow_id", RH_FIELD_UUID, false, offsetof(struct rh_workflow_actions, workflow_id), offsetof(struct rh_workflow_actions, has.workflow_id) },
    { "step_index", RH_FIELD_INT, false, offsetof(struct rh_workflow_actions, step_index), offsetof(struct rh_workflow_actions, has.step_index) },
    { "action_type", RH_FIELD_TEXT, false, offsetof(struct rh_workflow_actions, action_type), offsetof(struct rh_workflow_actions, has.action_type) },
    { "action_config", RH_FIELD_CELL, false, offsetof(struct rh_workflow_actions, action_config), offsetof(struct rh_workflow_actions, has.action_config) },
    { "retry_config", RH_FIELD_CELL, false, offsetof(struct rh_workflow_actions, retry_config), offsetof(struct rh_workflow_actions, has.retry_config) },
    { "timeout_seconds", RH_FIELD_INT, false, offsetof(struct rh_workflow_actions, timeout_seconds), offsetof(struct rh_workflow_actions, has.timeout_seconds) },
    { "created_at", RH_FIELD_TIME, false, offsetof(struct rh_workflow_actions, created_at), offsetof(struct rh_workflow_actions, has.created_at) },
    { "updated_at", RH_FIELD_TIME, false, offsetof(struct rh_workflow_actions, updated_at), offsetof(struct rh_workflow_actions, has.updated_at) },
};
static const struct rh_record rh_workflow_actions_record = { "workflow_actions", 9, rh_workflow_actions_fields };

/* workflow_triggers: Define workflow triggers */
struct rh_workflow_triggers {
    struct rh_uuid id;  /* uuid NOT NULL */
    struct rh_uuid workflow_id;  /* uuid */
    struct rh_string trigger_type;  /* text NOT NULL */
    struct rh_cell trigger_config;  /* jsonb NOT NULL */
    struct rh_string webhook_url;  /* text */
    struct rh_string webhook_secret;  /* text */
    struct rh_string schedule_cron;  /* text */
    struct rh_string event_name;  /* text */
    bool is_active;  /* boolean */
    int64_t last_triggered_at;  /* timestamp with time zone */
    int64_t trigger_count;  /* integer */
    int64_t created_at;  /* timestamp with time zone NOT NULL */
    int64_t updated_at;  /* timestamp with time zone NOT NULL */
    struct {
        bool id, workflow_id, trigger_type, trigger_config, webhook_url, webhook_secret, schedule_cron, event_name, is_active, last_triggered_at, trigger_count, created_at, updated_at;
    } has;
};
static const struct rh_field rh_workflow_triggers_fields[] = {
    { "id", RH_FIELD_UUID, false, offsetof(struct rh_workflow_triggers, id), offsetof(struct rh_workflow_triggers, has.id) },
    { "workflow_id", RH_FIELD_UUID, false, offsetof(struct rh_workflow_triggers, workflow_id), offsetof(struct rh_workflow_triggers, has.workflow_id) },
    { "trigger_type", RH_FIELD_TEXT, false, offsetof(struct rh_workflow_triggers, trigger_type), offsetof(struct rh_workflow_triggers, has.trigger_type) },
    { "trigger_config", RH_FIELD_CELL, false, offsetof(struct rh_workflow_triggers, trigger_config), offsetof(struct rh_workflow_triggers, has.trigger_config) },
    { "webhook_url", RH_FIELD_TEXT, false, offsetof(struct rh_workflow_triggers, webhook_url), offsetof(struct rh_workflow_triggers, has.webhook_url) },
    { "webhook_secret", RH_FIELD_TEXT, false, offsetof(struct rh_workflow_triggers, webhook_secret), offsetof(struct rh_workflow_triggers, has.webhook_secret) },
    { "schedule_cron", RH_FIELD_TEXT, false, offsetof(struct rh_workflow_triggers, schedule_cron), offsetof(struct rh_workflow_triggers, has.schedule_cron) },
    { "event_name", RH_FIELD_TEXT, false, offsetof(struct rh_workflow_triggers, event_name), offsetof(struct rh_workflow_triggers, has.event_name) },
    { "is_active", RH_FIELD_BOOL, false, offsetof(struct rh_workflow_triggers, is_active), offsetof(struct rh_workflow_triggers, has.is_active) },
    { "last_triggered_at", RH_FIELD_TIME, false, offsetof(struct rh_workflow_triggers, last_triggered_at), offsetof(struct rh_workflow_triggers, has.last_triggered_at) },
    { "trigger_count", RH_FIELD_INT, false, offsetof(struct rh_workflow_triggers, trigger_count), offsetof(struct rh_workflow_triggers, has.trigger_count) },
    { "created_at", RH_FIELD_TIME, false, offsetof(struct rh_workflow_triggers, created_at), offsetof(struct rh_workflow_triggers, has.created_at) },
    { "updated_at", RH_FIELD_TIME, false, offsetof(struct rh_workflow_triggers, updated_at), offsetof(struct rh_workflow_triggers, has.updated_at) },
};
static const struct rh_record rh_workflow_triggers_record = { "workflow_triggers", 13, rh_workflow_triggers_fields };

/* workflow_versions: Version control for workflows */
struct rh_workflow_versions {
    struct rh_uuid id;  /* uuid NOT NULL */
    struct rh_uuid workflow_id;  /* uuid */
    int64_t version_number;  /* integer NOT NULL */
    struct rh_cell workflow_json;  /* jsonb NOT NULL */
    struct rh_string change_summary;  /* text */
    struct rh_uuid created_by;  /* uuid */
    int64_t created_at;  /* timestamp with time zone NOT NULL */
    struct {
        bool id, workflow_id, version_number, workflow_json, change_summary, created_by, created_at;
    } has;
};
static const struct rh_field rh_workflow_versions_fields[] = {
    { "id", RH_FIELD_UUID, false, offsetof(struct rh_workflow_versions, id), offsetof(struct rh_workflow_versions, has.id) },
    { "workflow_id", RH_FIELD_UUID, false, offsetof(struct rh_workflow_versions, workflow_id), offsetof(struct rh_workflow_versions, has.workflow_id) },
    { "version_number", RH_FIELD_INT, false, offsetof(struct rh_workflow_versions, version_number), offsetof(struct rh_workflow_versions, has.version_number) },
    { "workflow_json", RH_FIELD_CELL, false, offsetof(struct rh_workflow_versions, workflow_json), offsetof(struct rh_workflow_versions, has.workflow_json) },
    { "change_summary", RH_FIELD_TEXT, false, offsetof(struct rh_workflow_versions, change_summary), offsetof(struct rh_workflow_versions, has.change_summary) },
    { "created_by", RH_FIELD_UUID, false, offsetof(struct rh_workflow_versions, created_by), offsetof(struct rh_workflow_versions, has.created_by) },
    { "created_at", RH_FIELD_TIME, false, offsetof(struct rh_workflow_versions, created_at), offsetof(struct rh_workflow_versions, has.created_at) },
};
static const struct rh_record rh_workflow_versions_record = { "workflow_versions", 7, rh_workflow_versions_fields };

/* workflow_execution_steps: Track individual step execution in workflows */
struct rh_workflow_execution_steps {
    int64_t id;  /* bigint NOT NULL */
    int64_t execution_log_id;  /* bigint */
    int64_t step_index;  /* integer NOT NULL */
    struct rh_string step_type;  /* text NOT NULL */
    struct rh_cell step_config;  /* jsonb */
    int64_t execution_start;  /* timestamp with time zone NOT NULL */
    int64_t execution_end;  /* timestamp with time zone */
    struct rh_string status;  /* text NOT NULL */
    struct rh_cell result;  /* jsonb */
    struct rh_string error_message;  /* text */
    int64_t retry_count;  /* integer */
    int64_t created_at;  /* timestamp with time zone NOT NULL */
    int64_t updated_at;  /* timestamp with time zone NOT NULL */
    struct {
        bool id, execution_log_id, step_index, step_type, step_config, execution_start, execution_end, status, result, error_message, retry_count, created_at, updated_at;
    } has;
};
static const struct rh_field rh_workflow_execution_steps_fields[] = {
    { "id", RH_FIELD_INT, false, offsetof(struct rh_workflow_execution_steps, id), offsetof(struct rh_workflow_execution_steps, has.id) },
    { "execution_log_id", RH_FIELD_INT, false, offsetof(struct rh_workflow_execution_steps, execution_log_id), offsetof(struct rh_workflow_execution_steps, has.execution_log_id) },
    { "step_index", RH_FIELD_INT, false, offsetof(struct rh_workflow_execution_steps, step_index), offsetof(struct rh_workflow_execution_steps, has.step_index) },
    { "step_type", RH_FIELD_TEXT, false, offsetof(struct rh_workflow_execution_steps, step_type), offsetof(struct rh_workflow_execution_steps, has.step_type) },
    { "step_config", RH_FIELD_CELL, false, offsetof(struct rh_workflow_execution_steps, step_config), offsetof(struct rh_workflow_execution_steps, has.step_config) },
    { "execution_start", RH_FIELD_TIME, false, offsetof(struct rh_workflow_execution_steps, execution_start), offsetof(struct rh_workflow_execution_steps, has.execution_start) },
    { "execution_end", RH_FIELD_TIME, false, offsetof(struct rh_workflow_execution_steps, execution_end), offsetof(struct rh_workflow_execution_steps, has.execution_end) },
    { "status", RH_FIELD_TEXT, false, offsetof(struct rh_workflow_execution_steps, status), offsetof(struct rh_workflow_execution_steps, has.status) },
    { "result", RH_FIELD_CELL, false, offsetof(struct rh_workflow_execution_steps, result), offsetof(struct rh_workflow_execution_steps, has.result) },
    { "error_message", RH_FIELD_TEXT, false, offsetof(struct rh_workflow_execution_steps, error_message), offsetof(struct rh_workflow_execution_steps, has.error_message) },
    { "retry_count", RH_FIELD_INT, false, offsetof(struct rh_workflow_execution_steps, retry_count), offsetof(struct rh_workflow_execution_steps, has.retry_count) },
    { "created_at", RH_FIELD_TIME, false, offsetof(struct rh_workflow_execution_steps, created_at), offsetof(struct rh_workflow_execution_steps, has.created_at) },
    { "updated_at", RH_FIELD_TIME, false, offsetof(struct rh_workflow_execution_steps, updated_at), offsetof(struct rh_workflow_execution_steps, has.updated_at) },
};
static const struct rh_record rh_workflow_execution_steps_record = { "workflow_execution_steps", 13, rh_workflow_execution_steps_fields };

/* workflow_variables: Define variables for workflow templates */
struct rh_workflow_variables {
    struct rh_uuid id;  /* uuid NOT NULL */
    struct rh_uuid workflow_id;  /* uuid */
    struct rh_string variable_name;  /* text NOT NULL */
    struct rh_string variable_type;  /* text NOT NULL */
    struct rh_cell default_value;  /* jsonb */
    bool is_required;  /* boolean */
    struct rh_string description;  /* text */
    int64_t created_at;  /* timestamp with time zone NOT NULL */
    struct {
        bool id, workflow_id, variable_name, variable_type, default_value, is_required, description, created_at;
    } has;
};
static const struct rh_field rh_workflow_variables_fields[] = {
    { "id", RH_FIELD_UUID, false, offsetof(struct rh_workflow_variables, id), offsetof(struct rh_workflow_variables, has.id) },
    { "workflow_id", RH_FIELD_UUID, false, offsetof(struct rh_workflow_variables, workflow_id), offsetof(struct rh_workflow_variables, has.workflow_id) },
    { "variable_name", RH_FIELD_TEXT, false, offsetof(struct rh_workflow_variables, variable_name), offsetof(struct rh_workflow_variables, has.variable_name) },
    { "variable_type", RH_FIELD_TEXT, false, offsetof(struct rh_workflow_variables, variable_type), offsetof(struct rh_workflow_variables, has.variable_type) },
    { "default_value", RH_FIELD_CELL, false, offsetof(struct rh_workflow_variables, default_value), offsetof(struct rh_workflow_variables, has.default_value) },
    { "is_required", RH_FIELD_BOOL, false, offsetof(struct rh_workflow_variables, is_required), offsetof(struct rh_workflow_variables, has.is_required) },
    { "description", RH_FIELD_TEXT, false, offsetof(struct rh_workflow_variables, description), offsetof(struct rh_workflow_variables, has.description) },
    { "created_at", RH_FIELD_TIME, false, offsetof(struct rh_workflow_variables, created_at), offsetof(struct rh_workflow_variables, has.created_at) },
};
static const struct rh_record rh_workflow_variables_record = { "workflow_variables", 8, rh_workflow_variables_fields };

/* integrations: Third-party integrations configuration @audit */
struct rh_integrations {
    struct rh_uuid id;  /* uuid NOT NULL */
    struct rh_uuid organization_id;  /* uuid NOT NULL */
    struct rh_string name;  /* text NOT NULL */
    struct rh_string type;  /* text NOT NULL */
    struct rh_string status;  /* text NOT NULL */
    struct rh_cell configuration;  /* jsonb */
    struct rh_cell credentials;  /* jsonb */
    int64_t last_sync_at;  /* timestamp with time zone */
    struct rh_string last_error;  /* text */
    bool is_active;  /* boolean */
    int64_t created_at;  /* timestamp with time zone NOT NULL */
    int64_t updated_at;  /* timestamp with time zone NOT NULL */
    struct {
        bool id, organization_id, name, type, status, configuration, credentials, last_sync_at, last_error, is_active, created_at, updated_at;
    } has;
};
static const struct rh_field rh_integrations_fields[] = {
    { "id", RH_FIELD_UUID, false, offsetof(struct rh_integrations, id), offsetof(struct rh_integrations, has.id) },
    { "organization_id", RH_FIELD_UUID, false, offsetof(struct rh_integrations, organization_id), offsetof(struct rh_integrations, has.organization_id) },
    { "name", RH_FIELD_TEXT, false, offsetof(struct rh_integrations, name), offsetof(struct rh_integrations, has.name) },
    { "type", RH_FIELD_TEXT, false, offsetof(struct rh_integrations, type), offsetof(struct rh_integrations, has.type) },
    { "status", RH_FIELD_TEXT, false, offsetof(struct rh_integrations, status), offsetof(struct rh_integrations, has.status) },
    { "configuration", RH_FIELD_CELL, false, offsetof(struct rh_integrations, configuration), offsetof(struct rh_integrations, has.configuration) },
    { "credentials", RH_FIELD_CELL, false, offsetof(struct rh_integrations, credentials), offsetof(struct rh_integrations, has.credentials) },
    { "last_sync_at", RH_FIELD_TIME, false, offsetof(struct rh_integrations, last_sync_at), offsetof(struct rh_integrations, has.last_sync_at) },
    { "last_error", RH_FIELD_TEXT, false, offsetof(struct rh_integrations, last_error), offsetof(struct rh_integrations, has.last_error) },
    { "is_active", RH_FIELD_BOOL, false, offsetof(struct rh_integrations, is_active), offsetof(struct rh_integrations, has.is_active) },
    { "created_at", RH_FIELD_TIME, false, offsetof(struct rh_integrations, created_at), offsetof(struct rh_integrations, has.created_at) },
    { "updated_at", RH_FIELD_TIME, false, offsetof(struct rh_integrations, updated_at), offsetof(struct rh_integrations, has.updated_at) },
};
static const struct rh_record rh_integrations_record = { "integrations", 12, rh_integrations_fields };

/* system_health_checks: Track system health check results */
struct rh_system_health_checks {
    struct rh_uuid id;  /* uuid NOT NULL */
    struct rh_string check_name;  /* text NOT NULL */
    struct rh_string check_type;  /* text NOT NULL */
    struct rh_string status;  /* text NOT NULL */
    int64_t response_time_ms;  /* integer */
    struct rh_cell details;  /* jsonb */
    int64_t created_at;  /* timestamp with time zone */
    struct {
        bool id, check_name, check_type, status, response_time_ms, details, created_at;
    } has;
};
static const struct rh_field rh_system_health_checks_fields[] = {
    { "id", RH_FIELD_UUID, false, offsetof(struct rh_system_health_checks, id), offsetof(struct rh_system_health_checks, has.id) },
    { "check_name", RH_FIELD_TEXT, false, offsetof(struct rh_system_health_checks, check_name), offsetof(struct rh_system_health_checks, has.check_name) },
    { "check_type", RH_FIELD_TEXT, false, offsetof(struct rh_system_health_checks, check_type), offsetof(struct rh_system_health_checks, has.check_type) },
    { "status", RH_FIELD_TEXT, false, offsetof(struct rh_system_health_checks, status), offsetof(struct rh_system_health_checks, has.status) },
    { "response_time_ms", RH_FIELD_INT, false, offsetof(struct rh_system_health_checks, response_time_ms), offsetof(struct rh_system_health_checks, has.response_time_ms) },
    { "details", RH_FIELD_CELL, false, offsetof(struct rh_system_health_checks, details), offsetof(struct rh_system_health_checks, has.details) },
    { "created_at", RH_FIELD_TIME, false, offsetof(struct rh_system_health_checks, created_at), offsetof(struct rh_system_health_checks, has.created_at) },
};
static const struct rh_record rh_system_health_checks_record = { "system_health_checks", 7, rh_system_health_checks_fields };

/* system_metrics: Store time-series system metrics */
struct rh_system_metrics {
    int64_t id;  /* bigint NOT NULL */
    struct rh_string metric_name;  /* text NOT NULL */
    struct rh_cell metric_value;  /* numeric NOT NULL */
    struct rh_string unit;  /* text */
    struct rh_cell tags;  /* jsonb */
    int64_t created_at;  /* timestamp with time zone */
    struct {
        bool id, metric_name, metric_value, unit, tags, created_at;
    } has;
};
static const struct rh_field rh_system_metrics_fields[] = {
    { "id", RH_FIELD_INT, false, offsetof(struct rh_system_metrics, id), offsetof(struct rh_system_metrics, has.id) },
    { "metric_name", RH_FIELD_TEXT, false, offsetof(struct rh_system_metrics, metric_name), offsetof(struct rh_system_metrics, has.metric_name) },
    { "metric_value", RH_FIELD_CELL, false, offsetof(struct rh_system_metrics, metric_value), offsetof(struct rh_system_metrics, has.metric_value) },
    { "unit", RH_FIELD_TEXT, false, offsetof(struct rh_system_metrics, unit), offsetof(struct rh_system_metrics, has.unit) },
    { "tags", RH_FIELD_CELL, false, offsetof(struct rh_system_metrics, tags), offsetof(struct rh_system_metrics, has.tags) },
    { "created_at", RH_FIELD_TIME, false, offsetof(struct rh_system_metrics, created_at), offsetof(struct rh_system_metrics, has.created_at) },
};
static const struct rh_record rh_system_metrics_record = { "system_metrics", 6, rh_system_metrics_fields };

/* alert_rules: Define alerting rules for system metrics */
struct rh_alert_rules {
    struct rh_uuid id;  /* uuid NOT NULL */
    struct rh_string rule_name;  /* text NOT NULL */
    struct rh_string description;  /* text */
    struct rh_string metric_name;  /* text NOT NULL */
    struct rh_string condition;  /* text NOT NULL */
    struct rh_cell threshold;  /* numeric NOT NULL */
    struct rh_string severity;  /* text NOT NULL */
    int64_t evaluation_window_minutes;  /* integer */
    int64_t cooldown_minutes;  /* integer */
    bool is_active;  /* boolean */
    struct rh_cell notification_channels;  /* text[] */
    struct rh_cell metadata;  /* jsonb */
    int64_t created_at;  /* timestamp with time zone */
    int64_t updated_at;  /* timestamp with time zone */
    struct {
        bool id, rule_name, description, metric_name, condition, threshold, severity, evaluation_window_minutes, cooldown_minutes, is_active, notification_channels, metadata, created_at, updated_at;
    } has;
};
static const struct rh_field rh_alert_rules_fields[] = {
    { "id", RH_FIELD_UUID, false, offsetof(struct rh_alert_rules, id), offsetof(struct rh_alert_rules, has.id) },
    { "rule_name", RH_FIELD_TEXT, false, offsetof(struct rh_alert_rules, rule_name), offsetof(struct rh_alert_rules, has.rule_name) },
    { "description", RH_FIELD_TEXT, false, offsetof(struct rh_alert_rules, description), offsetof(struct rh_alert_rules, has.description) },
    { "metric_name", RH_FIELD_TEXT, false, offsetof(struct rh_alert_rules, metric_name), offsetof(struct rh_alert_rules, has.metric_name) },
    { "condition", RH_FIELD_TEXT, false, offsetof(struct rh_alert_rules, condition), offsetof(struct rh_alert_rules, has.condition) },
    { "threshold", RH_FIELD_CELL, false, offsetof(struct rh_alert_rules, threshold), offsetof(struct rh_alert_rules, has.threshold) },
    { "severity", RH_FIELD_TEXT, false, offsetof(struct rh_alert_rules, severity), offsetof(struct rh_alert_rules, has.severity) },
    { "evaluation_window_minutes", RH_FIELD_INT, false, offsetof(struct rh_alert_rules, evaluation_window_minutes), offsetof(struct rh_alert_rules, has.evaluation_window_minutes) },
    { "cooldown_minutes", RH_FIELD_INT, false, offsetof(struct rh_alert_rules, cooldown_minutes), offsetof(struct rh_alert_rules, has.cooldown_minutes) },
    { "is_active", RH_FIELD_BOOL, false, offsetof(struct rh_alert_rules, is_active), offsetof(struct rh_alert_rules, has.is_active) },
    { "notification_channels", RH_FIELD_CELL, false, offsetof(struct rh_alert_rules, notification_channels), offsetof(struct rh_alert_rules, has.notification_channels) },
    { "metadata", RH_FIELD_CELL, false, offsetof(struct rh_alert_rules, metadata), offsetof(struct rh_alert_rules, has.metadata) },
    { "created_at", RH_FIELD_TIME, false, offsetof(struct rh_alert_rules, created_at), offsetof(struct rh_alert_rules, has.created_at) },
    { "updated_at", RH_FIELD_TIME, false, offsetof(struct rh_alert_rules, updated_at), offsetof(struct rh_alert_rules, has.updated_at) },
};
static const struct rh_record rh_alert_rules_record = { "alert_rules", 14, rh_alert_rules_fields };

/* alert_history: Track alert trigger history */
struct rh_alert_history {
    struct rh_uuid id;  /* uuid NOT NULL */
    struct rh_uuid alert_rule_id;  /* uuid */
    struct rh_string alert_message;  /* text NOT NULL */
    struct rh_string severity;  /* text NOT NULL */
    struct rh_cell metric_value;  /* numeric */
    struct rh_cell threshold;  /* numeric */
    struct rh_string status;  /* text */
    struct rh_uuid acknowledged_by;  /* uuid */
    int64_t acknowledged_at;  /* timestamp with time zone */
    int64_t resolved_at;  /* timestamp with time zone */
    int64_t triggered_at;  /* timestamp with time zone */
    struct rh_cell metadata;  /* jsonb */
    struct {
        bool id, alert_rule_id, alert_message, severity, metric_value, threshold, status, acknowledged_by, acknowledged_at, resolved_at, triggered_at, metadata;
    } has;
};
static const struct rh_field rh_alert_history_fields[] = {
    { "id", RH_FIELD_UUID, false, offsetof(struct rh_alert_history, id), offsetof(struct rh_alert_history, has.id) },
    { "alert_rule_id", RH_FIELD_UUID, false, offsetof(struct rh_alert_history, alert_rule_id), offsetof(struct rh_alert_history, has.alert_rule_id) },
    { "alert_message", RH_FIELD_TEXT, false, offsetof(struct rh_alert_history, alert_message), offsetof(struct rh_alert_history, has.alert_message) },
    { "severity", RH_FIELD_TEXT, false, offsetof(struct rh_alert_history, severity), offsetof(struct rh_alert_history, has.severity) },
    { "metric_value", RH_FIELD_CELL, false, offsetof(struct rh_alert_history, metric_value), offsetof(struct rh_alert_history, has.metric_value) },
    { "threshold", RH_FIELD_CELL, false, offsetof(struct rh_alert_history, threshold), offsetof(struct rh_alert_history, has.threshold) },
    { "status", RH_FIELD_TEXT, false, offsetof(struct rh_alert_history, status), offsetof(struct rh_alert_history, has.status) },
    { "acknowledged_by", RH_FIELD_UUID, false, offsetof(struct rh_alert_history, acknowledged_by), offsetof(struct rh_alert_history, has.acknowledged_by) },
    { "acknowledged_at", RH_FIELD_TIME, false, offsetof(struct rh_alert_history, acknowledged_at), offsetof(struct rh_alert_history, has.acknowledged_at) },
    { "resolved_at", RH_FIELD_TIME, false, offsetof(struct rh_alert_history, resolved_at), offsetof(struct rh_alert_history, has.resolved_at) },
    { "triggered_at", RH_FIELD_TIME, false, offsetof(struct rh_alert_history, triggered_at), offsetof(struct rh_alert_history, has.triggered_at) },
    { "metadata", RH_FIELD_CELL, false, offsetof(struct rh_alert_history, metadata), offsetof(struct rh_alert_history, has.metadata) },
};
static const struct rh_record rh_alert_history_record = { "alert_history", 12, rh_alert_history_fields };

/* audit_logs_enhanced: Enhanced audit logs with additional security context @append_only @sync */
struct rh_audit_logs_enhanced {
    int64_t id;  /* bigint NOT NULL */
    struct rh_uuid organization_id;  /* uuid */
    struct rh_uuid user_id;  /* uuid */
    struct rh_string action_type;  /* text NOT NULL */
    struct rh_string resource_type;  /* text */
    struct rh_string resource_id;  /* text */
    struct rh_cell details;  /* jsonb */
    struct rh_string ip_address;  /* text */
    struct rh_string user_agent;  /* text */
    struct rh_string request_id;  /* text */
    struct rh_string session_id;  /* text */
    struct rh_cell geo_location;  /* jsonb */
    int64_t risk_score;  /* integer */
    bool anomaly_detected;  /* boolean */
    struct rh_cell compliance_tags;  /* text[] */
    struct rh_string retention_class;  /* text */
    bool encrypted_at_rest;  /* boolean */
    struct rh_string audit_chain_hash;  /* text */
    struct rh_string previous_hash;  /* text */
    bool verified;  /* boolean */
    int64_t created_at;  /* timestamp with time zone NOT NULL */
    int64_t expires_at;  /* timestamp with time zone */
    struct {
        bool id, organization_id, user_id, action_type, resource_type, resource_id, details, ip_address, user_agent, request_id, session_id, geo_location, risk_score, anomaly_detected, compliance_tags, retention_class, encrypted_at_rest, audit_chain_hash, previous_hash, verified, created_at, expires_at;
    } has;
};
static const struct rh_field rh_audit_logs_enhanced_fields[] = {
    { "id", RH_FIELD_INT, false, offsetof(struct rh_audit_logs_enhanced, id), offsetof(struct rh_audit_logs_enhanced, has.id) },
    { "organization_id", RH_FIELD_UUID, false, offsetof(struct rh_audit_logs_enhanced, organization_id), offsetof(struct rh_audit_logs_enhanced, has.organization_id) },
    { "user_id", RH_FIELD_UUID, false, offsetof(struct rh_audit_logs_enhanced, user_id), offsetof(struct rh_audit_logs_enhanced, has.user_id) },
    { "action_type", RH_FIELD_TEXT, false, offsetof(struct rh_audit_logs_enhanced, action_type), offsetof(struct rh_audit_logs_enhanced, has.action_type) },
    { "resource_type", RH_FIELD_TEXT, false, offsetof(struct rh_audit_logs_enhanced, resource_type), offsetof(struct rh_audit_logs_enhanced, has.resource_type) },
    { "resource_id", RH_FIELD_TEXT, false, offsetof(struct rh_audit_logs_enhanced, resource_id), offsetof(struct rh_audit_logs_enhanced, has.resource_id) },
    { "details", RH_FIELD_CELL, false, offsetof(struct rh_audit_logs_enhanced, details), offsetof(struct rh_audit_logs_enhanced, has.details) },
    { "ip_address", RH_FIELD_TEXT, false, offsetof(struct rh_audit_logs_enhanced, ip_address), offsetof(struct rh_audit_logs_enhanced, has.ip_address) },
    { "user_agent", RH_FIELD_TEXT, false, offsetof(struct rh_audit_logs_enhanced, user_agent), offsetof(struct rh_audit_logs_enhanced, has.user_agent) },
    { "request_id", RH_FIELD_TEXT, false, offsetof(struct rh_audit_logs_enhanced, request_id), offsetof(struct rh_audit_logs_enhanced, has.request_id) },
    { "session_id", RH_FIELD_TEXT, false, offsetof(struct rh_audit_logs_enhanced, session_id), offsetof(struct rh_audit_logs_enhanced, has.session_id) },
    { "geo_location", RH_FIELD_CELL, false, offsetof(struct rh_audit_logs_enhanced, geo_location), offsetof(struct rh_audit_logs_enhanced, has.geo_location) },
    { "risk_score", RH_FIELD_INT, false, offsetof(struct rh_audit_logs_enhanced, risk_score), offsetof(struct rh_audit_logs_enhanced, has.risk_score) },
    { "anomaly_detected", RH_FIELD_BOOL, false, offsetof(struct rh_audit_logs_enhanced, anomaly_detected), offsetof(struct rh_audit_logs_enhanced, has.anomaly_detected) },
    { "compliance_tags", RH_FIELD_CELL, false, offsetof(struct rh_audit_logs_enhanced, compliance_tags), offsetof(struct rh_audit_logs_enhanced, has.compliance_tags) },
    { "retention_class", RH_FIELD_TEXT, false, offsetof(struct rh_audit_logs_enhanced, retention_class), offsetof(struct rh_audit_logs_enhanced, has.retention_class) },
    { "encrypted_at_rest", RH_FIELD_BOOL, false, offsetof(struct rh_audit_logs_enhanced, encrypted_at_rest), offsetof(struct rh_audit_logs_enhanced, has.encrypted_at_rest) },
    { "audit_chain_hash", RH_FIELD_TEXT, false, offsetof(struct rh_audit_logs_enhanced, audit_chain_hash), offsetof(struct rh_audit_logs_enhanced, has.audit_chain_hash) },
    { "previous_hash", RH_FIELD_TEXT, false, offsetof(struct rh_audit_logs_enhanced, previous_hash), offsetof(struct rh_audit_logs_enhanced, has.previous_hash) },
    { "verified", RH_FIELD_BOOL, false, offsetof(struct rh_audit_logs_enhanced, verified), offsetof(struct rh_audit_logs_enhanced, has.verified) },
    { "created_at", RH_FIELD_TIME, false, offsetof(struct rh_audit_logs_enhanced, created_at), offsetof(struct rh_audit_logs_enhanced, has.created_at) },
    { "expires_at", RH_FIELD_TIME, false, offsetof(struct rh_audit_logs_enhanced, expires_at), offsetof(struct rh_audit_logs_enhanced, has.expires_at) },
};
static const struct rh_record rh_audit_logs_enhanced_record = { "audit_logs_enhanced", 22, rh_audit_logs_enhanced_fields };

/* security_events: Security-specific event tracking */
struct rh_security_events {
    int64_t id;  /* bigint NOT NULL */
    struct rh_uuid organization_id;  /* uuid */
    struct rh_uuid user_id;  /* uuid */
    struct rh_string event_type;  /* text NOT NULL */
    struct rh_string severity;  /* text NOT NULL */
    struct rh_string description;  /* text NOT NULL */
    struct rh_string ip_address;  /* text */
    struct rh_string user_agent;  /* text */
    struct rh_cell threat_indicators;  /* jsonb */
    struct rh_string mitigation_applied;  /* text */
    bool false_positive;  /* boolean */
    struct rh_uuid investigated_by;  /* uuid */
    int64_t investigated_at;  /* timestamp with time zone */
    struct rh_string notes;  /* text */
    int64_t created_at;  /* timestamp with time zone NOT NULL */
    int64_t updated_at;  /* timestamp with time zone NOT NULL */
    struct {
        bool id, organization_id, user_id, event_type, severity, description, ip_address, user_agent, threat_indicators, mitigation_applied, false_positive, investigated_by, investigated_at, notes, created_at, updated_at;
    } has;
};
static const struct rh_field rh_security_events_fields[] = {
    { "id", RH_FIELD_INT, false, offsetof(struct rh_security_events, id), offsetof(struct rh_security_events, has.id) },
    { "organization_id", RH_FIELD_UUID, false, offsetof(struct rh_security_events, organization_id), offsetof(struct rh_security_events, has.organization_id) },
    { "user_id", RH_FIELD_UUID, false, offsetof(struct rh_security_events, user_id), offsetof(struct rh_security_events, has.user_id) },
    { "event_type", RH_FIELD_TEXT, false, offsetof(struct rh_security_events, event_type), offsetof(struct rh_security_events, has.event_type) },
    { "severity", RH_FIELD_TEXT, false, offsetof(struct rh_security_events, severity), offsetof(struct rh_security_events, has.severity) },
    { "description", RH_FIELD_TEXT, false, offsetof(struct rh_security_events, description), offsetof(struct rh_security_events, has.description) },
    { "ip_address", RH_FIELD_TEXT, false, offsetof(struct rh_security_events, ip_address), offsetof(struct rh_security_events, has.ip_address) },
    { "user_agent", RH_FIELD_TEXT, false, offsetof(struct rh_security_events, user_agent), offsetof(struct rh_security_events, has.user_agent) },
    { "threat_indicators", RH_FIELD_CELL, false, offsetof(struct rh_security_events, threat_indicators), offsetof(struct rh_security_events, has.threat_indicators) },
    { "mitigation_applied", RH_FIELD_TEXT, false, offsetof(struct rh_security_events, mitigation_applied), offsetof(struct rh_security_events, has.mitigation_applied) },
    { "false_positive", RH_FIELD_BOOL, false, offsetof(struct rh_security_events, false_positive), offsetof(struct rh_security_events, has.false_positive) },
    { "investigated_by", RH_FIELD_UUID, false, offsetof(struct rh_security_events, investigated_by), offsetof(struct rh_security_events, has.investigated_by) },
    { "investigated_at", RH_FIELD_TIME, false, offsetof(struct rh_security_events, investigated_at), offsetof(struct rh_security_events, has.investigated_at) },
    { "notes", RH_FIELD_TEXT, false, offsetof(struct rh_security_events, notes), offsetof(struct rh_security_events, has.notes) },
    { "created_at", RH_FIELD_TIME, false, offsetof(struct rh_security_events, created_at), offsetof(struct rh_security_events, has.created_at) },
    { "updated_at", RH_FIELD_TIME, false, offsetof(struct rh_security_events, updated_at), offsetof(struct rh_security_events, has.updated_at) },
};
static const struct rh_record rh_security_events_record = { "security_events", 16, rh_security_events_fields };

/* data_sensitivity_classifications: Classify data sensitivity for compliance @audit */
struct rh_data_sensitivity_classifications {
    struct rh_uuid id;  /* uuid NOT NULL */
    struct rh_uuid organization_id;  /* uuid */
    struct rh_string table_name;  /* text NOT NULL */
    struct rh_string column_name;  /* text NOT NULL */
    struct rh_string sensitivity_level;  /* text NOT NULL */
    struct rh_string classification_reason;  /* text */
    bool encryption_required;  /* boolean */
    int64_t retention_days;  /* integer */
    struct rh_cell compliance_tags;  /* text[] */
    int64_t created_at;  /* timestamp with time zone NOT NULL */
    struct {
        bool id, organization_id, table_name, column_name, sensitivity_level, classification_reason, encryption_required, retention_days, compliance_tags, created_at;
    } has;
};
static const struct rh_field rh_data_sensitivity_classifications_fields[] = {
    { "id", RH_FIELD_UUID, false, offsetof(struct rh_data_sensitivity_classifications, id), offsetof(struct rh_data_sensitivity_classifications, has.id) },
    { "organization_id", RH_FIELD_UUID, false, offsetof(struct rh_data_sensitivity_classifications, organization_id), offsetof(struct rh_data_sensitivity_classifications, has.organization_id) },
    { "table_name", RH_FIELD_TEXT, false, offsetof(struct rh_data_sensitivity_classifications, table_name), offsetof(struct rh_data_sensitivity_classifications, has.table_name) },
    { "column_name", RH_FIELD_TEXT, false, offsetof(struct rh_data_sensitivity_classifications, column_name), offsetof(struct rh_data_sensitivity_classifications, has.column_name) },
    { "sensitivity_level", RH_FIELD_TEXT, false, offsetof(struct rh_data_sensitivity_classifications, sensitivity_level), offsetof(struct rh_data_sensitivity_classifications, has.sensitivity_level) },
    { "classification_reason", RH_FIELD_TEXT, false, offsetof(struct rh_data_sensitivity_classifications, classification_reason), offsetof(struct rh_data_sensitivity_classifications, has.classification_reason) },
    { "encryption_required", RH_FIELD_BOOL, false, offsetof(struct rh_data_sensitivity_classifications, encryption_required), offsetof(struct rh_data_sensitivity_classifications, has.encryption_required) },
    { "retention_days", RH_FIELD_INT, false, offsetof(struct rh_data_sensitivity_classifications, retention_days), offsetof(struct rh_data_sensitivity_classifications, has.retention_days) },
    { "compliance_tags", RH_FIELD_CELL, false, offsetof(struct rh_data_sensitivity_classifications, compliance_tags), offsetof(struct rh_data_sensitivity_classifications, has.compliance_tags) },
    { "created_at", RH_FIELD_TIME, false, offsetof(struct rh_data_sensitivity_classifications, created_at), offsetof(struct rh_data_sensitivity_classifications, has.created_at) },
};
static const struct rh_record rh_data_sensitivity_classifications_record = { "data_sensitivity_classifications", 10, rh_data_sensitivity_classifications_fields };

/* debug_logs: Development and debugging logs */
struct rh_debug_logs {
    int64_t id;  /* bigint NOT NULL */
    struct rh_string log_level;  /* text NOT NULL */
    struct rh_string message;  /* text NOT NULL */
    struct rh_cell context;  /* jsonb */
    struct rh_uuid user_id;  /* uuid */
    struct rh_uuid organization_id;  /* uuid */
    int64_t created_at;  /* timestamp with time zone */
    struct {
        bool id, log_level, message, context, user_id, organization_id, created_at;
    } has;
};
static const struct rh_field rh_debug_logs_fields[] = {
    { "id", RH_FIELD_INT, false, offsetof(struct rh_debug_logs, id), offsetof(struct rh_debug_logs, has.id) },
    { "log_level", RH_FIELD_TEXT, false, offsetof(struct rh_debug_logs, log_level), offsetof(struct rh_debug_logs, has.log_level) },
    { "message", RH_FIELD_TEXT, false, offsetof(struct rh_debug_logs, message), offsetof(struct rh_debug_logs, has.message) },
    { "context", RH_FIELD_CELL, false, offsetof(struct rh_debug_logs, context), offsetof(struct rh_debug_logs, has.context) },
    { "user_id", RH_FIELD_UUID, false, offsetof(struct rh_debug_logs, user_id), offsetof(struct rh_debug_logs, has.user_id) },
    { "organization_id", RH_FIELD_UUID, false, offsetof(struct rh_debug_logs, organization_id), offsetof(struct rh_debug_logs, has.organization_id) },
    { "created_at", RH_FIELD_TIME, false, offsetof(struct rh_debug_logs, created_at), offsetof(struct rh_debug_logs, has.created_at) },
};
static const struct rh_record rh_debug_logs_record = { "debug_logs", 7, rh_debug_logs_fields };

/* superadmin_logs: Super admin activity audit trail @append_only @sync */
struct rh_superadmin_logs {
    int64_t id;  /* bigint NOT NULL */
    struct rh_uuid admin_user_id;  /* uuid NOT NULL */
    struct rh_string admin_email;  /* text NOT NULL */
    struct rh_string action;  /* text NOT NULL */
    struct rh_string operation_type;  /* text NOT NULL */
    struct rh_string target_type;  /* text */
    struct rh_string target_id;  /* text */
    struct rh_cell details;  /* jsonb */
    struct rh_string result;  /* text NOT NULL */
    struct rh_string error_message;  /* text */
    struct rh_string ip_address;  /* text */
    struct rh_string user_agent;  /* text */
    int64_t created_at;  /* timestamp with time zone NOT NULL */
    struct {
        bool id, admin_user_id, admin_email, action, operation_type, target_type, target_id, details, result, error_message, ip_address, user_agent, created_at;
    } has;
};
static const struct rh_field rh_superadmin_logs_fields[] = {
    { "id", RH_FIELD_INT, false, offsetof(struct rh_superadmin_logs, id), offsetof(struct rh_superadmin_logs, has.id) },
    { "admin_user_id", RH_FIELD_UUID, false, offsetof(struct rh_superadmin_logs, admin_user_id), offsetof(struct rh_superadmin_logs, has.admin_user_id) },
    { "admin_email", RH_FIELD_TEXT, false, offsetof(struct rh_superadmin_logs, admin_email), offsetof(struct rh_superadmin_logs, has.admin_email) },
    { "action", RH_FIELD_TEXT, false, offsetof(struct rh_superadmin_logs, action), offsetof(struct rh_superadmin_logs, has.action) },
    { "operation_type", RH_FIELD_TEXT, false, offsetof(struct rh_superadmin_logs, operation_type), offsetof(struct rh_superadmin_logs, has.operation_type) },
    { "target_type", RH_FIELD_TEXT, false, offsetof(struct rh_superadmin_logs, target_type), offsetof(struct rh_superadmin_logs, has.target_type) },
    { "target_id", RH_FIELD_TEXT, false, offsetof(struct rh_superadmin_logs, target_id), offsetof(struct rh_superadmin_logs, has.target_id) },
    { "details", RH_FIELD_CELL, false, offsetof(struct rh_superadmin_logs, details), offsetof(struct rh_superadmin_logs, has.details) },
    { "result", RH_FIELD_TEXT, false, offsetof(struct rh_superadmin_logs, result), offsetof(struct rh_superadmin_logs, has.result) },
    { "error_message", RH_FIELD_TEXT, false, offsetof(struct rh_superadmin_logs, error_message), offsetof(struct rh_superadmin_logs, has.error_message) },
    { "ip_address", RH_FIELD_TEXT, false, offsetof(struct rh_superadmin_logs, ip_address), offsetof(struct rh_superadmin_logs, has.ip_address) },
    { "user_agent", RH_FIELD_TEXT, false, offsetof(struct rh_superadmin_logs, user_agent), offsetof(struct rh_superadmin_logs, has.user_agent) },
    { "created_at", RH_FIELD_TIME, false, offsetof(struct rh_superadmin_logs, created_at), offsetof(struct rh_superadmin_logs, has.created_at) },
};
static const struct rh_record rh_superadmin_logs_record = { "superadmin_logs", 13, rh_superadmin_logs_fields };

/* rate_limit_config: Phase 3 - Per-organization rate limit configuration */
struct rh_rate_limit_config {
    struct rh_uuid id;  /* uuid NOT NULL */
    struct rh_uuid organization_id;  /* uuid NOT NULL */
    struct rh_string resource_type;  /* text NOT NULL */
    struct rh_string endpoint_pattern;  /* text */
    int64_t max_requests;  /* integer NOT NULL */
    int64_t window_seconds;  /* integer NOT NULL */
    int64_t quota_monthly;  /* integer */
    bool enabled;  /* boolean */
    int64_t created_at;  /* timestamp with time zone */
    int64_t updated_at;  /* timestamp with time zone */
    struct {
        bool id, organization_id, resource_type, endpoint_pattern, max_requests, window_seconds, quota_monthly, enabled, created_at, updated_at;
    } has;
};
static const struct rh_field rh_rate_limit_config_fields[] = {
    { "id", RH_FIELD_UUID, false, offsetof(struct rh_rate_limit_config, id), offsetof(struct rh_rate_limit_config, has.id) },
    { "organization_id", RH_FIELD_UUID, false, offsetof(struct rh_rate_limit_config, organization_id), offsetof(struct rh_rate_limit_config, has.organization_id) },
    { "resource_type", RH_FIELD_TEXT, false, offsetof(struct rh_rate_limit_config, resource_type), offsetof(struct rh_rate_limit_config, has.resource_type) },
    { "endpoint_pattern", RH_FIELD_TEXT, false, offsetof(struct rh_rate_limit_config, endpoint_pattern), offsetof(struct rh_rate_limit_config, has.endpoint_pattern) },
    { "max_requests", RH_FIELD_INT, false, offsetof(struct rh_rate_limit_config, max_requests), offsetof(struct rh_rate_limit_config, has.max_requests) },
    { "window_seconds", RH_FIELD_INT, false, offsetof(struct rh_rate_limit_config, window_seconds), offsetof(struct rh_rate_limit_config, has.window_seconds) },
    { "quota_monthly", RH_FIELD_INT, false, offsetof(struct rh_rate_limit_config, quota_monthly), offsetof(struct rh_rate_limit_config, has.quota_monthly) },
    { "enabled", RH_FIELD_BOOL, false, offsetof(struct rh_rate_limit_config, enabled), offsetof(struct rh_rate_limit_config, has.enabled) },
    { "created_at", RH_FIELD_TIME, false, offsetof(struct rh_rate_limit_config, created_at), offsetof(struct rh_rate_limit_config, has.created_at) },
    { "updated_at", RH_FIELD_TIME, false, offsetof(struct rh_rate_limit_config, updated_at), offsetof(struct rh_rate_limit_config, has.updated_at) },
};
static const struct rh_record rh_rate_limit_config_record = { "rate_limit_config", 10, rh_rate_limit_config_fields };

/* rate_limit_tracking: Real-time rate limit tracking with sliding window */
struct rh_rate_limit_tracking {
    int64_t id;  /* bigint NOT NULL */
    struct rh_uuid organization_id;  /* uuid NOT NULL */
    struct rh_uuid user_id;  /* uuid */
    struct rh_string resource_type;  /* text NOT NULL */
    struct rh_string endpoint;  /* text NOT NULL */
    int64_t request_timestamp;  /* timestamp with time zone */
    int64_t response_status;  /* integer */
    bool rate_limited;  /* boolean */
    struct rh_cell metadata;  /* jsonb */
    int64_t created_at;  /* timestamp with time zone */
    struct {
        bool id, organization_id, user_id, resource_type, endpoint, request_timestamp, response_status, rate_limited, metadata, created_at;
    } has;
};
static const struct rh_field rh_rate_limit_tracking_fields[] = {
    { "id", RH_FIELD_INT, false, offsetof(struct rh_rate_limit_tracking, id), offsetof(struct rh_rate_limit_tracking, has.id) },
    { "organization_id", RH_FIELD_UUID, false, offsetof(struct rh_rate_limit_tracking, organization_id), offsetof(struct rh_rate_limit_tracking, has.organization_id) },
    { "user_id", RH_FIELD_UUID, false, offsetof(struct rh_rate_limit_tracking, user_id), offsetof(struct rh_rate_limit_tracking, has.user_id) },
    { "resource_type", RH_FIELD_TEXT, false, offsetof(struct rh_rate_limit_tracking, resource_type), offsetof(struct rh_rate_limit_tracking, has.resource_type) },
    { "endpoint", RH_FIELD_TEXT, false, offsetof(struct rh_rate_limit_tracking, endpoint), offsetof(struct rh_rate_limit_tracking, has.endpoint) },
    { "request_timestamp", RH_FIELD_TIME, false, offsetof(struct rh_rate_limit_tracking, request_timestamp), offsetof(struct rh_rate_limit_tracking, has.request_timestamp) },
    { "response_status", RH_FIELD_INT, false, offsetof(struct rh_rate_limit_tracking, response_status), offsetof(struct rh_rate_limit_tracking, has.response_status) },
    { "rate_limited", RH_FIELD_BOOL, false, offsetof(struct rh_rate_limit_tracking, rate_limited), offsetof(struct rh_rate_limit_tracking, has.rate_limited) },
    { "metadata", RH_FIELD_CELL, false, offsetof(struct rh_rate_limit_tracking, metadata), offsetof(struct rh_rate_limit_tracking, has.metadata) },
    { "created_at", RH_FIELD_TIME, false, offsetof(struct rh_rate_limit_tracking, created_at), offsetof(struct rh_rate_limit_tracking, has.created_at) },
};
static const struct rh_record rh_rate_limit_tracking_record = { "rate_limit_tracking", 10, rh_rate_limit_tracking_fields };

/* rate_limit_quota_usage: Monthly quota tracking */
struct rh_rate_limit_quota_usage {
    struct rh_uuid id;  /* uuid NOT NULL */
    struct rh_uuid organization_id;  /* uuid NOT NULL */
    struct rh_string resource_type;  /* text NOT NULL */
    int64_t year;  /* integer NOT NULL */
    int64_t month;  /* integer NOT NULL */
    int64_t request_count;  /* integer */
    int64_t rate_limited_count;  /* integer */
    int64_t last_updated;  /* timestamp with time zone */
    struct {
        bool id, organization_id, resource_type, year, month, request_count, rate_limited_count, last_updated;
    } has;
};
static const struct rh_field rh_rate_limit_quota_usage_fields[] = {
    { "id", RH_FIELD_UUID, false, offsetof(struct rh_rate_limit_quota_usage, id), offsetof(struct rh_rate_limit_quota_usage, has.id) },
    { "organization_id", RH_FIELD_UUID, false, offsetof(struct rh_rate_limit_quota_usage, organization_id), offsetof(struct rh_rate_limit_quota_usage, has.organization_id) },
    { "resource_type", RH_FIELD_TEXT, false, offsetof(struct rh_rate_limit_quota_usage, resource_type), offsetof(struct rh_rate_limit_quota_usage, has.resource_type) },
    { "year", RH_FIELD_INT, false, offsetof(struct rh_rate_limit_quota_usage, year), offsetof(struct rh_rate_limit_quota_usage, has.year) },
    { "month", RH_FIELD_INT, false, offsetof(struct rh_rate_limit_quota_usage, month), offsetof(struct rh_rate_limit_quota_usage, has.month) },
    { "request_count", RH_FIELD_INT, false, offsetof(struct rh_rate_limit_quota_usage, request_count), offsetof(struct rh_rate_limit_quota_usage, has.request_count) },
    { "rate_limited_count", RH_FIELD_INT, false, offsetof(struct rh_rate_limit_quota_usage, rate_limited_count), offsetof(struct rh_rate_limit_quota_usage, has.rate_limited_count) },
    { "last_updated", RH_FIELD_TIME, false, offsetof(struct rh_rate_limit_quota_usage, last_updated), offsetof(struct rh_rate_limit_quota_usage, has.last_updated) },
};
static const struct rh_record rh_rate_limit_quota_usage_record = { "rate_limit_quota_usage", 8, rh_rate_limit_quota_usage_fields };

/* audit_logs: Comprehensive audit logging @append_only */
struct rh_audit_logs {
    int64_t id;  /* bigint NOT NULL */
    struct rh_uuid organization_id;  /* uuid */
    struct rh_uuid user_id;  /* uuid */
    struct rh_string action_type;  /* text NOT NULL */
    struct rh_string resource_type;  /* text NOT NULL */
    struct rh_string resource_id;  /* text */
    struct rh_string action_category;  /* text */
    struct rh_string severity_level;  /* text */
    struct rh_string action_description;  /* text NOT NULL */
    struct rh_cell changes_json;  /* jsonb */
    struct rh_cell metadata;  /* jsonb */
    struct rh_string ip_address;  /* text */
    struct rh_string user_agent;  /* text */
    struct rh_string session_id;  /* text */
    struct rh_string request_id;  /* text */
    bool success;  /* boolean */
    struct rh_string error_message;  /* text */
    struct rh_cell compliance_flags;  /* text[] */
    int64_t retention_period_days;  /* integer */
    int64_t created_at;  /* timestamp with time zone NOT NULL */
    struct {
        bool id, organization_id, user_id, action_type, resource_type, resource_id, action_category, severity_level, action_description, changes_json, metadata, ip_address, user_agent, session_id, request_id, success, error_message, compliance_flags, retention_period_days, created_at;
    } has;
};
static const struct rh_field rh_audit_logs_fields[] = {
    { "id", RH_FIELD_INT, false, offsetof(struct rh_audit_logs, id), offsetof(struct rh_audit_logs, has.id) },
    { "organization_id", RH_FIELD_UUID, false, offsetof(struct rh_audit_logs, organization_id), offsetof(struct rh_audit_logs, has.organization_id) },
    { "user_id", RH_FIELD_UUID, false, offsetof(struct rh_audit_logs, user_id), offsetof(struct rh_audit_logs, has.user_id) },
    { "action_type", RH_FIELD_TEXT, false, offsetof(struct rh_audit_logs, action_type), offsetof(struct rh_audit_logs, has.action_type) },
    { "resource_type", RH_FIELD_TEXT, false, offsetof(struct rh_audit_logs, resource_type), offsetof(struct rh_audit_logs, has.resource_type) },
    { "resource_id", RH_FIELD_TEXT, false, offsetof(struct rh_audit_logs, resource_id), offsetof(struct rh_audit_logs, has.resource_id) },
    { "action_category", RH_FIELD_TEXT, false, offsetof(struct rh_audit_logs, action_category), offsetof(struct rh_audit_logs, has.action_category) },
    { "severity_level", RH_FIELD_TEXT, false, offsetof(struct rh_audit_logs, severity_level), offsetof(struct rh_audit_logs, has.severity_level) },
    { "action_description", RH_FIELD_TEXT, false, offsetof(struct rh_audit_logs, action_description), offsetof(struct rh_audit_logs, has.action_description) },
    { "changes_json", RH_FIELD_CELL, false, offsetof(struct rh_audit_logs, changes_json), offsetof(struct rh_audit_logs, has.changes_json) },
    { "metadata", RH_FIELD_CELL, false, offsetof(struct rh_audit_logs, metadata), offsetof(struct rh_audit_logs, has.metadata) },
    { "ip_address", RH_FIELD_TEXT, false, offsetof(struct rh_audit_logs, ip_address), offsetof(struct rh_audit_logs, has.ip_address) },
    { "user_agent", RH_FIELD_TEXT, false, offsetof(struct rh_audit_logs, user_agent), offsetof(struct rh_audit_logs, has.user_agent) },
    { "session_id", RH_FIELD_TEXT, false, offsetof(struct rh_audit_logs, session_id), offsetof(struct rh_audit_logs, has.session_id) },
    { "request_id", RH_FIELD_TEXT, false, offsetof(struct rh_audit_logs, request_id), offsetof(struct rh_audit_logs, has.request_id) },
    { "success", RH_FIELD_BOOL, false, offsetof(struct rh_audit_logs, success), offsetof(struct rh_audit_logs, has.success) },
    { "error_message", RH_FIELD_TEXT, false, offsetof(struct rh_audit_logs, error_message), offsetof(struct rh_audit_logs, has.error_message) },
    { "compliance_flags", RH_FIELD_CELL, false, offsetof(struct rh_audit_logs, compliance_flags), offsetof(struct rh_audit_logs, has.compliance_flags) },
    { "retention_period_days", RH_FIELD_INT, false, offsetof(struct rh_audit_logs, retention_period_days), offsetof(struct rh_audit_logs, has.retention_period_days) },
    { "created_at", RH_FIELD_TIME, false, offsetof(struct rh_audit_logs, created_at), offsetof(struct rh_audit_logs, has.created_at) },
};
static const struct rh_record rh_audit_logs_record = { "audit_logs", 20, rh_audit_logs_fields };

/* audit_log_exports: Track audit log exports for compliance */
struct rh_audit_log_exports {
    struct rh_uuid id;  /* uuid NOT NULL */
    struct rh_uuid organization_id;  /* uuid */
    struct rh_uuid requested_by;  /* uuid */
    struct rh_string export_type;  /* text NOT NULL */
    struct rh_cell filters;  /* jsonb */
    struct rh_string status;  /* text */
    struct rh_string file_path;  /* text */
    int64_t file_size_bytes;  /* bigint */
    int64_t record_count;  /* integer */
    int64_t started_at;  /* timestamp with time zone */
    int64_t completed_at;  /* timestamp with time zone */
    struct rh_string error_message;  /* text */
    int64_t created_at;  /* timestamp with time zone NOT NULL */
    struct {
        bool id, organization_id, requested_by, export_type, filters, status, file_path, file_size_bytes, record_count, started_at, completed_at, error_message, created_at;
    } has;
};
static const struct rh_field rh_audit_log_exports_fields[] = {
    { "id", RH_FIELD_UUID, false, offsetof(struct rh_audit_log_exports, id), offsetof(struct rh_audit_log_exports, has.id) },
    { "organization_id", RH_FIELD_UUID, false, offsetof(struct rh_audit_log_exports, organization_id), offsetof(struct rh_audit_log_exports, has.organization_id) },
    { "requested_by", RH_FIELD_UUID, false, offsetof(struct rh_audit_log_exports, requested_by), offsetof(struct rh_audit_log_exports, has.requested_by) },
    { "export_type", RH_FIELD_TEXT, false, offsetof(struct rh_audit_log_exports, export_type), offsetof(struct rh_audit_log_exports, has.export_type) },
    { "filters", RH_FIELD_CELL, false, offsetof(struct rh_audit_log_exports, filters), offsetof(struct rh_audit_log_exports, has.filters) },
    { "status", RH_FIELD_TEXT, false, offsetof(struct rh_audit_log_exports, status), offsetof(struct rh_audit_log_exports, has.status) },
    { "file_path", RH_FIELD_TEXT, false, offsetof(struct rh_audit_log_exports, file_path), offsetof(struct rh_audit_log_exports, has.file_path) },
    { "file_size_bytes", RH_FIELD_INT, false, offsetof(struct rh_audit_log_exports, file_size_bytes), offsetof(struct rh_audit_log_exports, has.file_size_bytes) },
    { "record_count", RH_FIELD_INT, false, offsetof(struct rh_audit_log_exports, record_count), offsetof(struct rh_audit_log_exports, has.record_count) },
    { "started_at", RH_FIELD_TIME, false, offsetof(struct rh_audit_log_exports, started_at), offsetof(struct rh_audit_log_exports, has.started_at) },
    { "completed_at", RH_FIELD_TIME, false, offsetof(struct rh_audit_log_exports, completed_at), offsetof(struct rh_audit_log_exports, has.completed_at) },
    { "error_message", RH_FIELD_TEXT, false, offsetof(struct rh_audit_log_exports, error_message), offsetof(struct rh_audit_log_exports, has.error_message) },
    { "created_at", RH_FIELD_TIME, false, offsetof(struct rh_audit_log_exports, created_at), offsetof(struct rh_audit_log_exports, has.created_at) },
};
static const struct rh_record rh_audit_log_exports_record = { "audit_log_exports", 13, rh_audit_log_exports_fields };

/* ip_whitelist: IP address whitelisting for enhanced security */
struct rh_ip_whitelist {
    struct rh_uuid id;  /* uuid NOT NULL */
    struct rh_uuid organization_id;  /* uuid */
    struct rh_string ip_address;  /* text NOT NULL */
    struct rh_string ip_range;  /* text */
    struct rh_string description;  /* text */
    bool is_active;  /* boolean */
    struct rh_uuid created_by;  /* uuid */
    struct rh_uuid approved_by;  /* uuid */
    int64_t expires_at;  /* timestamp with time zone */
    int64_t last_used_at;  /* timestamp with time zone */
    int64_t use_count;  /* integer */
    int64_t created_at;  /* timestamp with time zone NOT NULL */
    int64_t updated_at;  /* timestamp with time zone NOT NULL */
    struct {
        bool id, organization_id, ip_address, ip_range, description, is_active, created_by, approved_by, expires_at, last_used_at, use_count, created_at, updated_at;
    } has;
};
static const struct rh_field rh_ip_whitelist_fields[] = {
    { "id", RH_FIELD_UUID, false, offsetof(struct rh_ip_whitelist, id), offsetof(struct rh_ip_whitelist, has.id) },
    { "organization_id", RH_FIELD_UUID, false, offsetof(struct rh_ip_whitelist, organization_id), offsetof(struct rh_ip_whitelist, has.organization_id) },
    { "ip_address", RH_FIELD_TEXT, false, offsetof(struct rh_ip_whitelist, ip_address), offsetof(struct rh_ip_whitelist, has.ip_address) },
    { "ip_range", RH_FIELD_TEXT, false, offsetof(struct rh_ip_whitelist, ip_range), offsetof(struct rh_ip_whitelist, has.ip_range) },
    { "description", RH_FIELD_TEXT, false, offsetof(struct rh_ip_whitelist, description), offsetof(struct rh_ip_whitelist, has.description) },
    { "is_active", RH_FIELD_BOOL, false, offsetof(struct rh_ip_whitelist, is_active), offsetof(struct rh_ip_whitelist, has.is_active) },
    { "created_by", RH_FIELD_UUID, false, offsetof(struct rh_ip_whitelist, created_by), offsetof(struct rh_ip_whitelist, has.created_by) },
    { "approved_by", RH_FIELD_UUID, false, offsetof(struct rh_ip_whitelist, approved_by), offsetof(struct rh_ip_whitelist, has.approved_by) },
    { "expires_at", RH_FIELD_TIME, false, offsetof(struct rh_ip_whitelist, expires_at), offsetof(struct rh_ip_whitelist, has.expires_at) },
    { "last_used_at", RH_FIELD_TIME, false, offsetof(struct rh_ip_whitelist, last_used_at), offsetof(struct rh_ip_whitelist, has.last_used_at) },
    { "use_count", RH_FIELD_INT, false, offsetof(struct rh_ip_whitelist, use_count), offsetof(struct rh_ip_whitelist, has.use_count) },
    { "created_at", RH_FIELD_TIME, false, offsetof(struct rh_ip_whitelist, created_at), offsetof(struct rh_ip_whitelist, has.created_at) },
    { "updated_at", RH_FIELD_TIME, false, offsetof(struct rh_ip_whitelist, updated_at), offsetof(struct rh_ip_whitelist, has.updated_at) },
};
static const struct rh_record rh_ip_whitelist_record = { "ip_whitelist", 13, rh_ip_whitelist_fields };

/* ip_access_log: Log all IP-based access attempts */
struct rh_ip_access_log {
    int64_t id;  /* bigint NOT NULL */
    struct rh_uuid organization_id;  /* uuid */
    struct rh_uuid user_id;  /* uuid */
    struct rh_string ip_address;  /* text NOT NULL */
    bool access_granted;  /* boolean NOT NULL */
    struct rh_string denial_reason;  /* text */
    struct rh_string endpoint;  /* text */
    struct rh_string method;  /* text */
    struct rh_string user_agent;  /* text */
    struct rh_cell location;  /* jsonb */
    struct rh_uuid whitelist_rule_id;  /* uuid */
    int64_t created_at;  /* timestamp with time zone NOT NULL */
    struct {
        bool id, organization_id, user_id, ip_address, access_granted, denial_reason, endpoint, method, user_agent, location, whitelist_rule_id, created_at;
    } has;
};
static const struct rh_field rh_ip_access_log_fields[] = {
    { "id", RH_FIELD_INT, false, offsetof(struct rh_ip_access_log, id), offsetof(struct rh_ip_access_log, has.id) },
    { "organization_id", RH_FIELD_UUID, false, offsetof(struct rh_ip_access_log, organization_id), offsetof(struct rh_ip_access_log, has.organization_id) },
    { "user_id", RH_FIELD_UUID, false, offsetof(struct rh_ip_access_log, user_id), offsetof(struct rh_ip_access_log, has.user_id) },
    { "ip_address", RH_FIELD_TEXT, false, offsetof(struct rh_ip_access_log, ip_address), offsetof(struct rh_ip_access_log, has.ip_address) },
    { "access_granted", RH_FIELD_BOOL, false, offsetof(struct rh_ip_access_log, access_granted), offsetof(struct rh_ip_access_log, has.access_granted) },
    { "denial_reason", RH_FIELD_TEXT, false, offsetof(struct rh_ip_access_log, denial_reason), offsetof(struct rh_ip_access_log, has.denial_reason) },
    { "endpoint", RH_FIELD_TEXT, false, offsetof(struct rh_ip_access_log, endpoint), offsetof(struct rh_ip_access_log, has.endpoint) },
    { "method", RH_FIELD_TEXT, false, offsetof(struct rh_ip_access_log, method), offsetof(struct rh_ip_access_log, has.method) },
    { "user_agent", RH_FIELD_TEXT, false, offsetof(struct rh_ip_access_log, user_agent), offsetof(struct rh_ip_access_log, has.user_agent) },
    { "location", RH_FIELD_CELL, false, offsetof(struct rh_ip_access_log, location), offsetof(struct rh_ip_access_log, has.location) },
    { "whitelist_rule_id", RH_FIELD_UUID, false, offsetof(struct rh_ip_access_log, whitelist_rule_id), offsetof(struct rh_ip_access_log, has.whitelist_rule_id) },
    { "created_at", RH_FIELD_TIME, false, offsetof(struct rh_ip_access_log, created_at), offsetof(struct rh_ip_access_log, has.created_at) },
};
static const struct rh_record rh_ip_access_log_record = { "ip_access_log", 12, rh_ip_access_log_fields };

/* geo_restrictions: Geographic access restrictions */
struct rh_geo_restrictions {
    struct rh_uuid id;  /* uuid NOT NULL */
    struct rh_uuid organization_id;  /* uuid */
    struct rh_string restriction_type;  /* text NOT NULL */
    struct rh_cell country_codes;  /* text[] */
    struct rh_cell region_codes;  /* text[] */
    bool is_allowlist;  /* boolean */
    bool is_active;  /* boolean */
    struct rh_string description;  /* text */
    struct rh_uuid created_by;  /* uuid */
    int64_t created_at;  /* timestamp with time zone NOT NULL */
    int64_t updated_at;  /* timestamp with time zone NOT NULL */
    struct {
        bool id, organization_id, restriction_type, country_codes, region_codes, is_allowlist, is_active, description, created_by, created_at, updated_at;
    } has;
};
static const struct rh_field rh_geo_restrictions_fields[] = {
    { "id", RH_FIELD_UUID, false, offsetof(struct rh_geo_restrictions, id), offsetof(struct rh_geo_restrictions, has.id) },
    { "organization_id", RH_FIELD_UUID, false, offsetof(struct rh_geo_restrictions, organization_id), offsetof(struct rh_geo_restrictions, has.organization_id) },
    { "restriction_type", RH_FIELD_TEXT, false, offsetof(struct rh_geo_restrictions, restriction_type), offsetof(struct rh_geo_restrictions, has.restriction_type) },
    { "country_codes", RH_FIELD_CELL, false, offsetof(struct rh_geo_restrictions, country_codes), offsetof(struct rh_geo_restrictions, has.country_codes) },
    { "region_codes", RH_FIELD_CELL, false, offsetof(struct rh_geo_restrictions, region_codes), offsetof(struct rh_geo_restrictions, has.region_codes) },
    { "is_allowlist", RH_FIELD_BOOL, false, offsetof(struct rh_geo_restrictions, is_allowlist), offsetof(struct rh_geo_restrictions, has.is_allowlist) },
    { "is_active", RH_FIELD_BOOL, false, offsetof(struct rh_geo_restrictions, is_active), offsetof(struct rh_geo_restrictions, has.is_active) },
    { "description", RH_FIELD_TEXT, false, offsetof(struct rh_geo_restrictions, description), offsetof(struct rh_geo_restrictions, has.description) },
    { "created_by", RH_FIELD_UUID, false, offsetof(struct rh_geo_restrictions, created_by), offsetof(struct rh_geo_restrictions, has.created_by) },
    { "created_at", RH_FIELD_TIME, false, offsetof(struct rh_geo_restrictions, created_at), offsetof(struct rh_geo_restrictions, has.created_at) },
    { "updated_at", RH_FIELD_TIME, false, offsetof(struct rh_geo_restrictions, updated_at), offsetof(struct rh_geo_restrictions, has.updated_at) },
};
static const struct rh_record rh_geo_restrictions_record = { "geo_restrictions", 11, rh_geo_restrictions_fields };

#ifdef __cplusplus
}
#endif

#endif
