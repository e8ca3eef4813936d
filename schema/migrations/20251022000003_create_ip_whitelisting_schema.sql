-- Access by address and country: what an organization allows, and every attempt that was let in or turned away.
-- check_ip_access() is provided natively by the server.

-- ip_whitelist ----------------------------------------------------------------------------------------

CREATE TABLE IF NOT EXISTS ip_whitelist (
    id              UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    organization_id UUID REFERENCES organizations(id),
    ip_address      TEXT NOT NULL,
    ip_range        TEXT,
    description     TEXT,
    is_active       BOOLEAN DEFAULT true,
    created_by      UUID REFERENCES auth.users(id),
    approved_by     UUID REFERENCES auth.users(id),
    expires_at      TIMESTAMPTZ,
    last_used_at    TIMESTAMPTZ,
    use_count       INTEGER DEFAULT 0,
    created_at      TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    updated_at      TIMESTAMPTZ NOT NULL DEFAULT NOW()
);
COMMENT ON TABLE ip_whitelist IS 'IP address whitelisting for enhanced security';
COMMENT ON COLUMN ip_whitelist.updated_at IS 'When it was last changed @touch';

CREATE INDEX IF NOT EXISTS idx_ip_whitelist_organization_id ON ip_whitelist (organization_id);
CREATE INDEX IF NOT EXISTS idx_ip_whitelist_created_by ON ip_whitelist (created_by);
CREATE INDEX IF NOT EXISTS idx_ip_whitelist_approved_by ON ip_whitelist (approved_by);
CREATE INDEX IF NOT EXISTS idx_ip_whitelist_created_at ON ip_whitelist (created_at);
CREATE INDEX IF NOT EXISTS idx_ip_whitelist_updated_at ON ip_whitelist (updated_at);

ALTER TABLE ip_whitelist ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS "org_isolation" ON ip_whitelist;
CREATE POLICY "org_isolation" ON ip_whitelist
  FOR SELECT TO public
  USING (
    organization_id IN (
      SELECT organization_id FROM profiles WHERE id = auth.uid()
    )
  );
DROP POLICY IF EXISTS "org_insert" ON ip_whitelist;
CREATE POLICY "org_insert" ON ip_whitelist
  FOR INSERT TO public
  WITH CHECK (
    organization_id IN (
      SELECT organization_id FROM profiles WHERE id = auth.uid()
    )
  );
DROP POLICY IF EXISTS "org_update" ON ip_whitelist;
CREATE POLICY "org_update" ON ip_whitelist
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
DROP POLICY IF EXISTS "org_delete" ON ip_whitelist;
CREATE POLICY "org_delete" ON ip_whitelist
  FOR DELETE TO public
  USING (
    organization_id IN (
      SELECT organization_id FROM profiles WHERE id = auth.uid()
    )
  );
DROP POLICY IF EXISTS "superadmin_access" ON ip_whitelist;
CREATE POLICY "superadmin_access" ON ip_whitelist
  FOR ALL TO public
  USING (
    EXISTS (
      SELECT 1 FROM profiles
      WHERE id = auth.uid() AND role = 'super_admin'
    )
  );

-- ip_access_log ---------------------------------------------------------------------------------------

CREATE TABLE IF NOT EXISTS ip_access_log (
    id                BIGSERIAL PRIMARY KEY,
    organization_id   UUID REFERENCES organizations(id),
    user_id           UUID REFERENCES auth.users(id),
    ip_address        TEXT NOT NULL,
    access_granted    BOOLEAN NOT NULL,
    denial_reason     TEXT,
    endpoint          TEXT,
    method            TEXT,
    user_agent        TEXT,
    location          JSONB,
    whitelist_rule_id UUID REFERENCES ip_whitelist(id) ON DELETE SET NULL,
    created_at        TIMESTAMPTZ NOT NULL DEFAULT NOW()
);
COMMENT ON TABLE ip_access_log IS 'Log all IP-based access attempts';

CREATE INDEX IF NOT EXISTS idx_ip_access_log_organization_id ON ip_access_log (organization_id);
CREATE INDEX IF NOT EXISTS idx_ip_access_log_user_id ON ip_access_log (user_id);
CREATE INDEX IF NOT EXISTS idx_ip_access_log_whitelist_rule_id ON ip_access_log (whitelist_rule_id);
CREATE INDEX IF NOT EXISTS idx_ip_access_log_created_at ON ip_access_log (created_at);

ALTER TABLE ip_access_log ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS "org_isolation" ON ip_access_log;
CREATE POLICY "org_isolation" ON ip_access_log
  FOR SELECT TO public
  USING (
    organization_id IN (
      SELECT organization_id FROM profiles WHERE id = auth.uid()
    )
  );
DROP POLICY IF EXISTS "superadmin_access" ON ip_access_log;
CREATE POLICY "superadmin_access" ON ip_access_log
  FOR ALL TO public
  USING (
    EXISTS (
      SELECT 1 FROM profiles
      WHERE id = auth.uid() AND role = 'super_admin'
    )
  );

-- geo_restrictions ------------------------------------------------------------------------------------

CREATE TABLE IF NOT EXISTS geo_restrictions (
    id               UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    organization_id  UUID REFERENCES organizations(id),
    restriction_type TEXT NOT NULL,
    country_codes    TEXT[],
    region_codes     TEXT[],
    is_allowlist     BOOLEAN DEFAULT true,
    is_active        BOOLEAN DEFAULT true,
    description      TEXT,
    created_by       UUID REFERENCES auth.users(id),
    created_at       TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    updated_at       TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    CONSTRAINT geo_restrictions_restriction_type_check CHECK (restriction_type IN ('country', 'region', 'custom'))
);
COMMENT ON TABLE geo_restrictions IS 'Geographic access restrictions';
COMMENT ON COLUMN geo_restrictions.updated_at IS 'When it was last changed @touch';

CREATE INDEX IF NOT EXISTS idx_geo_restrictions_organization_id ON geo_restrictions (organization_id);
CREATE INDEX IF NOT EXISTS idx_geo_restrictions_created_by ON geo_restrictions (created_by);
CREATE INDEX IF NOT EXISTS idx_geo_restrictions_created_at ON geo_restrictions (created_at);
CREATE INDEX IF NOT EXISTS idx_geo_restrictions_updated_at ON geo_restrictions (updated_at);

ALTER TABLE geo_restrictions ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS "org_isolation" ON geo_restrictions;
CREATE POLICY "org_isolation" ON geo_restrictions
  FOR SELECT TO public
  USING (
    organization_id IN (
      SELECT organization_id FROM profiles WHERE id = auth.uid()
    )
  );
DROP POLICY IF EXISTS "org_insert" ON geo_restrictions;
CREATE POLICY "org_insert" ON geo_restrictions
  FOR INSERT TO public
  WITH CHECK (
    organization_id IN (
      SELECT organization_id FROM profiles WHERE id = auth.uid()
    )
  );
DROP POLICY IF EXISTS "org_update" ON geo_restrictions;
CREATE POLICY "org_update" ON geo_restrictions
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
DROP POLICY IF EXISTS "org_delete" ON geo_restrictions;
CREATE POLICY "org_delete" ON geo_restrictions
  FOR DELETE TO public
  USING (
    organization_id IN (
      SELECT organization_id FROM profiles WHERE id = auth.uid()
    )
  );
DROP POLICY IF EXISTS "superadmin_access" ON geo_restrictions;
CREATE POLICY "superadmin_access" ON geo_restrictions
  FOR ALL TO public
  USING (
    EXISTS (
      SELECT 1 FROM profiles
      WHERE id = auth.uid() AND role = 'super_admin'
    )
  );
