-- CRM events: meetings, calls and the like with a contact.

-- crm_events ------------------------------------------------------------------------------------------

CREATE TABLE IF NOT EXISTS crm_events (
    id                BIGSERIAL PRIMARY KEY,
    organization_id   UUID NOT NULL REFERENCES organizations(id),
    contact_id        BIGINT NOT NULL REFERENCES contacts(id),
    event_summary     TEXT NOT NULL,
    event_description TEXT,
    event_start_time  TIMESTAMPTZ NOT NULL,
    event_end_time    TIMESTAMPTZ NOT NULL,
    status            TEXT NOT NULL DEFAULT 'confirmed',
    google_event_id   TEXT,
    created_at        TIMESTAMPTZ DEFAULT NOW(),
    CONSTRAINT crm_events_status_check CHECK (status IN ('confirmed', 'cancelled'))
);
COMMENT ON TABLE crm_events IS 'Track CRM events (meetings, calls, etc.)';

CREATE INDEX IF NOT EXISTS idx_crm_events_organization_id ON crm_events (organization_id);
CREATE INDEX IF NOT EXISTS idx_crm_events_contact_id ON crm_events (contact_id);
CREATE INDEX IF NOT EXISTS idx_crm_events_status ON crm_events (status);
CREATE INDEX IF NOT EXISTS idx_crm_events_created_at ON crm_events (created_at);

ALTER TABLE crm_events ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS "org_isolation" ON crm_events;
CREATE POLICY "org_isolation" ON crm_events
  FOR SELECT TO public
  USING (
    organization_id IN (
      SELECT organization_id FROM profiles WHERE id = auth.uid()
    )
  );
DROP POLICY IF EXISTS "org_insert" ON crm_events;
CREATE POLICY "org_insert" ON crm_events
  FOR INSERT TO public
  WITH CHECK (
    organization_id IN (
      SELECT organization_id FROM profiles WHERE id = auth.uid()
    )
  );
DROP POLICY IF EXISTS "org_update" ON crm_events;
CREATE POLICY "org_update" ON crm_events
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
DROP POLICY IF EXISTS "org_delete" ON crm_events;
CREATE POLICY "org_delete" ON crm_events
  FOR DELETE TO public
  USING (
    organization_id IN (
      SELECT organization_id FROM profiles WHERE id = auth.uid()
    )
  );
DROP POLICY IF EXISTS "superadmin_access" ON crm_events;
CREATE POLICY "superadmin_access" ON crm_events
  FOR ALL TO public
  USING (
    EXISTS (
      SELECT 1 FROM profiles
      WHERE id = auth.uid() AND role = 'super_admin'
    )
  );
