-- Base schema: what the migrations of the reference refer to and do not create.
--
-- The roles anon, authenticated and service_role; schema auth with auth.users and the functions that policies ask
-- (auth.uid, auth.jwt, auth.role); the ten core tables. Written for PostgreSQL 15. Every later file may be run
-- again; this one may not, because roles belong to the whole cluster and CREATE ROLE has no IF NOT EXISTS.
--
-- Row-level security, in this file and in all that follow. No policy means no access; service_role bypasses
-- policies.
--   org_isolation       a member reads the rows of his organization; of a child table, those of its parents
--   org_insert, org_update, org_delete      the same condition, on the tables that members edit
--   superadmin_access   a super admin does everything everywhere; on api_rate_limits he reads
--   owner_only          a user reaches his own rows; only on tables without organization_id, because policies are
--                       ORed: beside org_isolation it would let him write into another organization
-- Rows without an organization are for super admins.
--
-- The policies of profiles are the exception to the patterns. PostgreSQL applies the policies of profiles to a
-- sub-select on profiles inside a policy of profiles, without end (error 42P17). They ask auth.organization_id()
-- and auth.is_super_admin() instead, which hold the very conditions of the patterns and read profiles as its
-- owner. Claims of the token would avoid the recursion as well, but an old token outlives a demotion. Members do
-- not write profiles, or anyone would make himself a super admin.

-- Roles -----------------------------------------------------------------------------------------------

CREATE ROLE anon NOLOGIN;
CREATE ROLE authenticated NOLOGIN;
CREATE ROLE service_role NOLOGIN BYPASSRLS;

CREATE SCHEMA IF NOT EXISTS auth;

GRANT USAGE ON SCHEMA public TO anon, authenticated, service_role;
GRANT USAGE ON SCHEMA auth TO anon, authenticated, service_role;

-- Which rows a role reaches is the policies' affair; that it may ask at all is granted here, once, for all tables: what Supabase
-- grants, and what Rowhouse begins with. What is in schema auth is service_role's alone there; here a user has his own row of auth.users.
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON TABLES TO anon, authenticated, service_role;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON SEQUENCES TO anon, authenticated, service_role;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON FUNCTIONS TO anon, authenticated, service_role;
ALTER DEFAULT PRIVILEGES IN SCHEMA auth GRANT ALL ON TABLES TO service_role;
ALTER DEFAULT PRIVILEGES IN SCHEMA auth GRANT ALL ON SEQUENCES TO service_role;
ALTER DEFAULT PRIVILEGES IN SCHEMA auth GRANT ALL ON FUNCTIONS TO service_role;
ALTER DEFAULT PRIVILEGES IN SCHEMA auth GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO anon, authenticated;

-- Who is asking ---------------------------------------------------------------------------------------
-- The claims of the verified token lie in the setting request.jwt.claims, as JSON; without one all three are NULL.

CREATE OR REPLACE FUNCTION auth.jwt() RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$ SELECT NULLIF(current_setting('request.jwt.claims', true), '')::jsonb $$;

CREATE OR REPLACE FUNCTION auth.uid() RETURNS uuid
    LANGUAGE sql STABLE
    AS $$ SELECT (auth.jwt() ->> 'sub')::uuid $$;

CREATE OR REPLACE FUNCTION auth.role() RETURNS text
    LANGUAGE sql STABLE
    AS $$ SELECT auth.jwt() ->> 'role' $$;

-- auth.users ------------------------------------------------------------------------------------------

CREATE TABLE IF NOT EXISTS auth.users (
    id                 UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    email              TEXT UNIQUE,
    role               TEXT,
    raw_user_meta_data JSONB,
    created_at         TIMESTAMPTZ DEFAULT NOW(),
    updated_at         TIMESTAMPTZ DEFAULT NOW()
);
COMMENT ON TABLE auth.users IS 'Accounts that sign in; every user_id refers here';
COMMENT ON COLUMN auth.users.updated_at IS 'When it was last changed @touch';

CREATE INDEX IF NOT EXISTS idx_users_created_at ON auth.users (created_at);
CREATE INDEX IF NOT EXISTS idx_users_updated_at ON auth.users (updated_at);

ALTER TABLE auth.users ENABLE ROW LEVEL SECURITY;

-- organizations ---------------------------------------------------------------------------------------

CREATE TABLE IF NOT EXISTS organizations (
    id         UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    name       TEXT NOT NULL,
    created_at TIMESTAMPTZ DEFAULT NOW(),
    updated_at TIMESTAMPTZ DEFAULT NOW()
);
COMMENT ON TABLE organizations IS 'Tenants: the root of everything that has an organization_id';
COMMENT ON COLUMN organizations.updated_at IS 'When it was last changed @touch';

CREATE INDEX IF NOT EXISTS idx_organizations_created_at ON organizations (created_at);
CREATE INDEX IF NOT EXISTS idx_organizations_updated_at ON organizations (updated_at);

ALTER TABLE organizations ENABLE ROW LEVEL SECURITY;

-- profiles --------------------------------------------------------------------------------------------

CREATE TABLE IF NOT EXISTS profiles (
    id              UUID PRIMARY KEY REFERENCES auth.users(id),
    organization_id UUID REFERENCES organizations(id),
    role            TEXT NOT NULL DEFAULT 'user',
    email           TEXT,
    created_at      TIMESTAMPTZ DEFAULT NOW(),
    updated_at      TIMESTAMPTZ DEFAULT NOW()
);
COMMENT ON TABLE profiles IS 'The organization and the role of each user; all row-level policies ask here';
COMMENT ON COLUMN profiles.updated_at IS 'When it was last changed @touch';

CREATE INDEX IF NOT EXISTS idx_profiles_organization_id ON profiles (organization_id);
CREATE INDEX IF NOT EXISTS idx_profiles_created_at ON profiles (created_at);
CREATE INDEX IF NOT EXISTS idx_profiles_updated_at ON profiles (updated_at);

ALTER TABLE profiles ENABLE ROW LEVEL SECURITY;

-- Patterns 1 and 2, for the policies of profiles alone: see the head of this file.

CREATE OR REPLACE FUNCTION auth.organization_id() RETURNS uuid
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
    AS $$ SELECT organization_id FROM public.profiles WHERE id = auth.uid() $$;

CREATE OR REPLACE FUNCTION auth.is_super_admin() RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
    AS $$ SELECT EXISTS (SELECT 1 FROM public.profiles WHERE id = auth.uid() AND role = 'super_admin') $$;

DROP POLICY IF EXISTS "org_isolation" ON profiles;
CREATE POLICY "org_isolation" ON profiles
  FOR SELECT TO public
  USING (organization_id = auth.organization_id());
DROP POLICY IF EXISTS "superadmin_access" ON profiles;
CREATE POLICY "superadmin_access" ON profiles
  FOR ALL TO public
  USING (auth.is_super_admin());

-- The policies of auth.users and organizations, which had to wait for profiles.

DROP POLICY IF EXISTS "owner_only" ON auth.users;
CREATE POLICY "owner_only" ON auth.users
  FOR SELECT TO public
  USING (id = auth.uid());
DROP POLICY IF EXISTS "superadmin_access" ON auth.users;
CREATE POLICY "superadmin_access" ON auth.users
  FOR ALL TO public
  USING (
    EXISTS (
      SELECT 1 FROM profiles
      WHERE id = auth.uid() AND role = 'super_admin'
    )
  );

DROP POLICY IF EXISTS "org_isolation" ON organizations;
CREATE POLICY "org_isolation" ON organizations
  FOR SELECT TO public
  USING (
    id IN (
      SELECT organization_id FROM profiles WHERE id = auth.uid()
    )
  );
DROP POLICY IF EXISTS "superadmin_access" ON organizations;
CREATE POLICY "superadmin_access" ON organizations
  FOR ALL TO public
  USING (
    EXISTS (
      SELECT 1 FROM profiles
      WHERE id = auth.uid() AND role = 'super_admin'
    )
  );

-- contacts --------------------------------------------------------------------------------------------
-- Index on organization_id: idx_contacts_org_name, see 20250123000000.

CREATE TABLE IF NOT EXISTS contacts (
    id              BIGSERIAL PRIMARY KEY,
    organization_id UUID NOT NULL REFERENCES organizations(id),
    name            TEXT,
    email           TEXT,
    phone           TEXT,
    company         TEXT,
    created_at      TIMESTAMPTZ DEFAULT NOW(),
    updated_at      TIMESTAMPTZ DEFAULT NOW()
);
COMMENT ON TABLE contacts IS 'CRM contacts';
COMMENT ON COLUMN contacts.updated_at IS 'When it was last changed @touch';

CREATE INDEX IF NOT EXISTS idx_contacts_created_at ON contacts (created_at);
CREATE INDEX IF NOT EXISTS idx_contacts_updated_at ON contacts (updated_at);

ALTER TABLE contacts ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS "org_isolation" ON contacts;
CREATE POLICY "org_isolation" ON contacts
  FOR SELECT TO public
  USING (
    organization_id IN (
      SELECT organization_id FROM profiles WHERE id = auth.uid()
    )
  );
DROP POLICY IF EXISTS "org_insert" ON contacts;
CREATE POLICY "org_insert" ON contacts
  FOR INSERT TO public
  WITH CHECK (
    organization_id IN (
      SELECT organization_id FROM profiles WHERE id = auth.uid()
    )
  );
DROP POLICY IF EXISTS "org_update" ON contacts;
CREATE POLICY "org_update" ON contacts
  FOR UPDATE TO public
  USING (
    organization_id IN (
      SELECT organization_id FROM profiles WHERE id = auth.uid()
    )
  )
  WITH CHECK (
    organization_id IN (
      SELECT organization_id FROM profiles WHERE id = auth.uid()
    )
  );
DROP POLICY IF EXISTS "org_delete" ON contacts;
CREATE POLICY "org_delete" ON contacts
  FOR DELETE TO public
  USING (
    organization_id IN (
      SELECT organization_id FROM profiles WHERE id = auth.uid()
    )
  );
DROP POLICY IF EXISTS "superadmin_access" ON contacts;
CREATE POLICY "superadmin_access" ON contacts
  FOR ALL TO public
  USING (
    EXISTS (
      SELECT 1 FROM profiles
      WHERE id = auth.uid() AND role = 'super_admin'
    )
  );

-- opportunities ---------------------------------------------------------------------------------------

CREATE TABLE IF NOT EXISTS opportunities (
    id              BIGSERIAL PRIMARY KEY,
    organization_id UUID NOT NULL REFERENCES organizations(id),
    contact_id      BIGINT REFERENCES contacts(id),
    name            TEXT NOT NULL,
    amount          NUMERIC,
    stage           TEXT,
    created_at      TIMESTAMPTZ DEFAULT NOW(),
    updated_at      TIMESTAMPTZ DEFAULT NOW()
);
COMMENT ON TABLE opportunities IS 'Sales pipeline';
COMMENT ON COLUMN opportunities.updated_at IS 'When it was last changed @touch';

CREATE INDEX IF NOT EXISTS idx_opportunities_organization_id ON opportunities (organization_id);
CREATE INDEX IF NOT EXISTS idx_opportunities_contact_id ON opportunities (contact_id);
CREATE INDEX IF NOT EXISTS idx_opportunities_created_at ON opportunities (created_at);
CREATE INDEX IF NOT EXISTS idx_opportunities_updated_at ON opportunities (updated_at);

ALTER TABLE opportunities ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS "org_isolation" ON opportunities;
CREATE POLICY "org_isolation" ON opportunities
  FOR SELECT TO public
  USING (
    organization_id IN (
      SELECT organization_id FROM profiles WHERE id = auth.uid()
    )
  );
DROP POLICY IF EXISTS "org_insert" ON opportunities;
CREATE POLICY "org_insert" ON opportunities
  FOR INSERT TO public
  WITH CHECK (
    organization_id IN (
      SELECT organization_id FROM profiles WHERE id = auth.uid()
    )
  );
DROP POLICY IF EXISTS "org_update" ON opportunities;
CREATE POLICY "org_update" ON opportunities
  FOR UPDATE TO public
  USING (
    organization_id IN (
      SELECT organization_id FROM profiles WHERE id = auth.uid()
    )
  )
  WITH CHECK (
    organization_id IN (
      SELECT organization_id FROM profiles WHERE id = auth.uid()
    )
  );
DROP POLICY IF EXISTS "org_delete" ON opportunities;
CREATE POLICY "org_delete" ON opportunities
  FOR DELETE TO public
  USING (
    organization_id IN (
      SELECT organization_id FROM profiles WHERE id = auth.uid()
    )
  );
DROP POLICY IF EXISTS "superadmin_access" ON opportunities;
CREATE POLICY "superadmin_access" ON opportunities
  FOR ALL TO public
  USING (
    EXISTS (
      SELECT 1 FROM profiles
      WHERE id = auth.uid() AND role = 'super_admin'
    )
  );

-- forms -----------------------------------------------------------------------------------------------

CREATE TABLE IF NOT EXISTS forms (
    id              UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    organization_id UUID NOT NULL REFERENCES organizations(id),
    user_id         UUID REFERENCES auth.users(id),
    title           TEXT NOT NULL,
    name            TEXT NOT NULL,
    fields          JSONB NOT NULL DEFAULT '[]',
    is_active       BOOLEAN DEFAULT true,
    created_at      TIMESTAMPTZ DEFAULT NOW(),
    updated_at      TIMESTAMPTZ DEFAULT NOW()
);
COMMENT ON TABLE forms IS 'Form management';
COMMENT ON COLUMN forms.updated_at IS 'When it was last changed @touch';

CREATE INDEX IF NOT EXISTS idx_forms_organization_id ON forms (organization_id);
CREATE INDEX IF NOT EXISTS idx_forms_user_id ON forms (user_id);
CREATE INDEX IF NOT EXISTS idx_forms_created_at ON forms (created_at);
CREATE INDEX IF NOT EXISTS idx_forms_updated_at ON forms (updated_at);

ALTER TABLE forms ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS "org_isolation" ON forms;
CREATE POLICY "org_isolation" ON forms
  FOR SELECT TO public
  USING (
    organization_id IN (
      SELECT organization_id FROM profiles WHERE id = auth.uid()
    )
  );
DROP POLICY IF EXISTS "org_insert" ON forms;
CREATE POLICY "org_insert" ON forms
  FOR INSERT TO public
  WITH CHECK (
    organization_id IN (
      SELECT organization_id FROM profiles WHERE id = auth.uid()
    )
  );
DROP POLICY IF EXISTS "org_update" ON forms;
CREATE POLICY "org_update" ON forms
  FOR UPDATE TO public
  USING (
    organization_id IN (
      SELECT organization_id FROM profiles WHERE id = auth.uid()
    )
  )
  WITH CHECK (
    organization_id IN (
      SELECT organization_id FROM profiles WHERE id = auth.uid()
    )
  );
DROP POLICY IF EXISTS "org_delete" ON forms;
CREATE POLICY "org_delete" ON forms
  FOR DELETE TO public
  USING (
    organization_id IN (
      SELECT organization_id FROM profiles WHERE id = auth.uid()
    )
  );
DROP POLICY IF EXISTS "superadmin_access" ON forms;
CREATE POLICY "superadmin_access" ON forms
  FOR ALL TO public
  USING (
    EXISTS (
      SELECT 1 FROM profiles
      WHERE id = auth.uid() AND role = 'super_admin'
    )
  );

-- google_credentials ----------------------------------------------------------------------------------

CREATE TABLE IF NOT EXISTS google_credentials (
    id              UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    organization_id UUID NOT NULL REFERENCES organizations(id),
    user_id         UUID NOT NULL REFERENCES auth.users(id),
    google_email    TEXT,
    access_token    TEXT NOT NULL,
    refresh_token   TEXT,
    scopes          TEXT[],
    expires_at      TIMESTAMPTZ,
    created_at      TIMESTAMPTZ DEFAULT NOW(),
    updated_at      TIMESTAMPTZ DEFAULT NOW(),
    CONSTRAINT google_credentials_organization_id_user_id_key UNIQUE (organization_id, user_id)
);
COMMENT ON TABLE google_credentials IS 'OAuth credentials of Google accounts';
COMMENT ON COLUMN google_credentials.updated_at IS 'When it was last changed @touch';

CREATE INDEX IF NOT EXISTS idx_google_credentials_user_id ON google_credentials (user_id);
CREATE INDEX IF NOT EXISTS idx_google_credentials_created_at ON google_credentials (created_at);
CREATE INDEX IF NOT EXISTS idx_google_credentials_updated_at ON google_credentials (updated_at);

ALTER TABLE google_credentials ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS "org_isolation" ON google_credentials;
CREATE POLICY "org_isolation" ON google_credentials
  FOR SELECT TO public
  USING (
    organization_id IN (
      SELECT organization_id FROM profiles WHERE id = auth.uid()
    )
  );
DROP POLICY IF EXISTS "superadmin_access" ON google_credentials;
CREATE POLICY "superadmin_access" ON google_credentials
  FOR ALL TO public
  USING (
    EXISTS (
      SELECT 1 FROM profiles
      WHERE id = auth.uid() AND role = 'super_admin'
    )
  );

-- organization_settings -------------------------------------------------------------------------------

CREATE TABLE IF NOT EXISTS organization_settings (
    organization_id UUID PRIMARY KEY REFERENCES organizations(id),
    timezone        TEXT NOT NULL DEFAULT 'UTC',
    locale          TEXT NOT NULL DEFAULT 'en',
    settings        JSONB NOT NULL DEFAULT '{}',
    updated_by      UUID REFERENCES auth.users(id),
    created_at      TIMESTAMPTZ DEFAULT NOW(),
    updated_at      TIMESTAMPTZ DEFAULT NOW()
);
COMMENT ON TABLE organization_settings IS 'Configuration of an organization';
COMMENT ON COLUMN organization_settings.updated_at IS 'When it was last changed @touch';

CREATE INDEX IF NOT EXISTS idx_organization_settings_updated_by ON organization_settings (updated_by);
CREATE INDEX IF NOT EXISTS idx_organization_settings_created_at ON organization_settings (created_at);
CREATE INDEX IF NOT EXISTS idx_organization_settings_updated_at ON organization_settings (updated_at);

ALTER TABLE organization_settings ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS "org_isolation" ON organization_settings;
CREATE POLICY "org_isolation" ON organization_settings
  FOR SELECT TO public
  USING (
    organization_id IN (
      SELECT organization_id FROM profiles WHERE id = auth.uid()
    )
  );
DROP POLICY IF EXISTS "org_insert" ON organization_settings;
CREATE POLICY "org_insert" ON organization_settings
  FOR INSERT TO public
  WITH CHECK (
    organization_id IN (
      SELECT organization_id FROM profiles WHERE id = auth.uid()
    )
  );
DROP POLICY IF EXISTS "org_update" ON organization_settings;
CREATE POLICY "org_update" ON organization_settings
  FOR UPDATE TO public
  USING (
    organization_id IN (
      SELECT organization_id FROM profiles WHERE id = auth.uid()
    )
  )
  WITH CHECK (
    organization_id IN (
      SELECT organization_id FROM profiles WHERE id = auth.uid()
    )
  );
DROP POLICY IF EXISTS "org_delete" ON organization_settings;
CREATE POLICY "org_delete" ON organization_settings
  FOR DELETE TO public
  USING (
    organization_id IN (
      SELECT organization_id FROM profiles WHERE id = auth.uid()
    )
  );
DROP POLICY IF EXISTS "superadmin_access" ON organization_settings;
CREATE POLICY "superadmin_access" ON organization_settings
  FOR ALL TO public
  USING (
    EXISTS (
      SELECT 1 FROM profiles
      WHERE id = auth.uid() AND role = 'super_admin'
    )
  );

-- organization_subscriptions --------------------------------------------------------------------------

CREATE TABLE IF NOT EXISTS organization_subscriptions (
    id                   UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    organization_id      UUID NOT NULL REFERENCES organizations(id),
    plan_name            TEXT NOT NULL,
    status               TEXT NOT NULL DEFAULT 'trial',
    monthly_credits      INTEGER NOT NULL DEFAULT 0,
    price                NUMERIC(10,2),
    trial_ends_at        TIMESTAMPTZ,
    current_period_start TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    current_period_end   TIMESTAMPTZ,
    created_at           TIMESTAMPTZ DEFAULT NOW(),
    updated_at           TIMESTAMPTZ DEFAULT NOW(),
    CONSTRAINT organization_subscriptions_status_check CHECK (status IN (
        'trial', 'active', 'cancelled', 'suspended', 'past_due'))
);
COMMENT ON TABLE organization_subscriptions IS 'Billing: the plan that an organization has';
COMMENT ON COLUMN organization_subscriptions.updated_at IS 'When it was last changed @touch';

CREATE INDEX IF NOT EXISTS idx_organization_subscriptions_organization_id
    ON organization_subscriptions (organization_id);
CREATE INDEX IF NOT EXISTS idx_organization_subscriptions_status ON organization_subscriptions (status);
CREATE INDEX IF NOT EXISTS idx_organization_subscriptions_created_at ON organization_subscriptions (created_at);
CREATE INDEX IF NOT EXISTS idx_organization_subscriptions_updated_at ON organization_subscriptions (updated_at);

ALTER TABLE organization_subscriptions ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS "org_isolation" ON organization_subscriptions;
CREATE POLICY "org_isolation" ON organization_subscriptions
  FOR SELECT TO public
  USING (
    organization_id IN (
      SELECT organization_id FROM profiles WHERE id = auth.uid()
    )
  );
DROP POLICY IF EXISTS "superadmin_access" ON organization_subscriptions;
CREATE POLICY "superadmin_access" ON organization_subscriptions
  FOR ALL TO public
  USING (
    EXISTS (
      SELECT 1 FROM profiles
      WHERE id = auth.uid() AND role = 'super_admin'
    )
  );

-- credit_ledger ---------------------------------------------------------------------------------------

CREATE TABLE IF NOT EXISTS credit_ledger (
    id              BIGSERIAL PRIMARY KEY,
    organization_id UUID NOT NULL REFERENCES organizations(id),
    entry_type      TEXT NOT NULL,
    amount          INTEGER NOT NULL,
    balance_after   INTEGER NOT NULL,
    description     TEXT,
    created_by      UUID REFERENCES auth.users(id),
    created_at      TIMESTAMPTZ DEFAULT NOW(),
    CONSTRAINT credit_ledger_entry_type_check CHECK (entry_type IN (
        'grant', 'purchase', 'consumption', 'refund', 'adjustment'))
);
COMMENT ON TABLE credit_ledger IS 'Legacy credits: every movement with the balance after it';

CREATE INDEX IF NOT EXISTS idx_credit_ledger_organization_id ON credit_ledger (organization_id);
CREATE INDEX IF NOT EXISTS idx_credit_ledger_created_by ON credit_ledger (created_by);
CREATE INDEX IF NOT EXISTS idx_credit_ledger_created_at ON credit_ledger (created_at);

ALTER TABLE credit_ledger ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS "org_isolation" ON credit_ledger;
CREATE POLICY "org_isolation" ON credit_ledger
  FOR SELECT TO public
  USING (
    organization_id IN (
      SELECT organization_id FROM profiles WHERE id = auth.uid()
    )
  );
DROP POLICY IF EXISTS "superadmin_access" ON credit_ledger;
CREATE POLICY "superadmin_access" ON credit_ledger
  FOR ALL TO public
  USING (
    EXISTS (
      SELECT 1 FROM profiles
      WHERE id = auth.uid() AND role = 'super_admin'
    )
  );

-- automations -----------------------------------------------------------------------------------------

CREATE TABLE IF NOT EXISTS automations (
    id              UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    organization_id UUID NOT NULL REFERENCES organizations(id),
    name            TEXT NOT NULL,
    description     TEXT,
    trigger_type    TEXT NOT NULL,
    trigger_config  JSONB NOT NULL DEFAULT '{}',
    conditions      JSONB NOT NULL DEFAULT '[]',
    actions         JSONB NOT NULL DEFAULT '[]',
    is_active       BOOLEAN NOT NULL DEFAULT false,
    last_run_at     TIMESTAMPTZ,
    run_count       INTEGER NOT NULL DEFAULT 0,
    created_by      UUID REFERENCES auth.users(id),
    created_at      TIMESTAMPTZ DEFAULT NOW(),
    updated_at      TIMESTAMPTZ DEFAULT NOW()
);
COMMENT ON TABLE automations IS 'Automation rules';
COMMENT ON COLUMN automations.updated_at IS 'When it was last changed @touch';

CREATE INDEX IF NOT EXISTS idx_automations_organization_id ON automations (organization_id);
CREATE INDEX IF NOT EXISTS idx_automations_created_by ON automations (created_by);
CREATE INDEX IF NOT EXISTS idx_automations_created_at ON automations (created_at);
CREATE INDEX IF NOT EXISTS idx_automations_updated_at ON automations (updated_at);

ALTER TABLE automations ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS "org_isolation" ON automations;
CREATE POLICY "org_isolation" ON automations
  FOR SELECT TO public
  USING (
    organization_id IN (
      SELECT organization_id FROM profiles WHERE id = auth.uid()
    )
  );
DROP POLICY IF EXISTS "org_insert" ON automations;
CREATE POLICY "org_insert" ON automations
  FOR INSERT TO public
  WITH CHECK (
    organization_id IN (
      SELECT organization_id FROM profiles WHERE id = auth.uid()
    )
  );
DROP POLICY IF EXISTS "org_update" ON automations;
CREATE POLICY "org_update" ON automations
  FOR UPDATE TO public
  USING (
    organization_id IN (
      SELECT organization_id FROM profiles WHERE id = auth.uid()
    )
  )
  WITH CHECK (
    organization_id IN (
      SELECT organization_id FROM profiles WHERE id = auth.uid()
    )
  );
DROP POLICY IF EXISTS "org_delete" ON automations;
CREATE POLICY "org_delete" ON automations
  FOR DELETE TO public
  USING (
    organization_id IN (
      SELECT organization_id FROM profiles WHERE id = auth.uid()
    )
  );
DROP POLICY IF EXISTS "superadmin_access" ON automations;
CREATE POLICY "superadmin_access" ON automations
  FOR ALL TO public
  USING (
    EXISTS (
      SELECT 1 FROM profiles
      WHERE id = auth.uid() AND role = 'super_admin'
    )
  );
