-- Integrations with third parties, set up by an organization for itself.

-- integrations ----------------------------------------------------------------------------------------

CREATE TABLE IF NOT EXISTS integrations (
    id              UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    organization_id UUID NOT NULL REFERENCES organizations(id),
    name            TEXT NOT NULL,
    type            TEXT NOT NULL,
    status          TEXT NOT NULL DEFAULT 'active',
    configuration   JSONB DEFAULT '{}',
    credentials     JSONB DEFAULT '{}',
    last_sync_at    TIMESTAMPTZ,
    last_error      TEXT,
    is_active       BOOLEAN DEFAULT true,
    created_at      TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    updated_at      TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    CONSTRAINT integrations_type_check CHECK (type IN (
        'email', 'calendar', 'crm', 'payment', 'messaging', 'analytics', 'custom'))
);
COMMENT ON TABLE integrations IS 'Third-party integrations configuration';
COMMENT ON COLUMN integrations.updated_at IS 'When it was last changed @touch';

CREATE INDEX IF NOT EXISTS idx_integrations_org_id ON integrations (organization_id);
CREATE INDEX IF NOT EXISTS idx_integrations_type ON integrations (type);
CREATE INDEX IF NOT EXISTS idx_integrations_status ON integrations (status);
CREATE INDEX IF NOT EXISTS idx_active_integrations ON integrations (organization_id, is_active)
    WHERE is_active = true;
CREATE INDEX IF NOT EXISTS idx_integrations_created_at ON integrations (created_at);
CREATE INDEX IF NOT EXISTS idx_integrations_updated_at ON integrations (updated_at);

ALTER TABLE integrations ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS "org_isolation" ON integrations;
CREATE POLICY "org_isolation" ON integrations
  FOR SELECT TO public
  USING (
    organization_id IN (
      SELECT organization_id FROM profiles WHERE id = auth.uid()
    )
  );
DROP POLICY IF EXISTS "org_insert" ON integrations;
CREATE POLICY "org_insert" ON integrations
  FOR INSERT TO public
  WITH CHECK (
    organization_id IN (
      SELECT organization_id FROM profiles WHERE id = auth.uid()
    )
  );
DROP POLICY IF EXISTS "org_update" ON integrations;
CREATE POLICY "org_update" ON integrations
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
DROP POLICY IF EXISTS "org_delete" ON integrations;
CREATE POLICY "org_delete" ON integrations
  FOR DELETE TO public
  USING (
    organization_id IN (
      SELECT organization_id FROM profiles WHERE id = auth.uid()
    )
  );
DROP POLICY IF EXISTS "superadmin_access" ON integrations;
CREATE POLICY "superadmin_access" ON integrations
  FOR ALL TO public
  USING (
    EXISTS (
      SELECT 1 FROM profiles
      WHERE id = auth.uid() AND role = 'super_admin'
    )
  );
