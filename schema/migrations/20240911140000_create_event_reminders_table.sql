-- Reminders of CRM events, to be sent by email or WhatsApp.

-- event_reminders -------------------------------------------------------------------------------------

CREATE TABLE IF NOT EXISTS event_reminders (
    id              BIGSERIAL PRIMARY KEY,
    organization_id UUID NOT NULL REFERENCES organizations(id),
    crm_event_id    BIGINT NOT NULL REFERENCES crm_events(id),
    contact_id      BIGINT NOT NULL REFERENCES contacts(id),
    channel         TEXT NOT NULL,
    scheduled_at    TIMESTAMPTZ NOT NULL,
    status          TEXT NOT NULL DEFAULT 'scheduled',
    message         TEXT,
    error_message   TEXT,
    attempt_count   INTEGER DEFAULT 0,
    last_attempt_at TIMESTAMPTZ,
    created_at      TIMESTAMPTZ DEFAULT NOW(),
    CONSTRAINT event_reminders_channel_check CHECK (channel IN ('Email', 'WhatsApp')),
    CONSTRAINT event_reminders_status_check CHECK (status IN ('scheduled', 'sent', 'failed'))
);
COMMENT ON TABLE event_reminders IS 'Schedule event reminders';

CREATE INDEX IF NOT EXISTS idx_event_reminders_organization_id ON event_reminders (organization_id);
CREATE INDEX IF NOT EXISTS idx_event_reminders_crm_event_id ON event_reminders (crm_event_id);
CREATE INDEX IF NOT EXISTS idx_event_reminders_contact_id ON event_reminders (contact_id);
CREATE INDEX IF NOT EXISTS idx_event_reminders_status ON event_reminders (status);
CREATE INDEX IF NOT EXISTS idx_event_reminders_created_at ON event_reminders (created_at);

ALTER TABLE event_reminders ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS "org_isolation" ON event_reminders;
CREATE POLICY "org_isolation" ON event_reminders
  FOR SELECT TO public
  USING (
    organization_id IN (
      SELECT organization_id FROM profiles WHERE id = auth.uid()
    )
  );
DROP POLICY IF EXISTS "org_insert" ON event_reminders;
CREATE POLICY "org_insert" ON event_reminders
  FOR INSERT TO public
  WITH CHECK (
    organization_id IN (
      SELECT organization_id FROM profiles WHERE id = auth.uid()
    )
  );
DROP POLICY IF EXISTS "org_update" ON event_reminders;
CREATE POLICY "org_update" ON event_reminders
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
DROP POLICY IF EXISTS "org_delete" ON event_reminders;
CREATE POLICY "org_delete" ON event_reminders
  FOR DELETE TO public
  USING (
    organization_id IN (
      SELECT organization_id FROM profiles WHERE id = auth.uid()
    )
  );
DROP POLICY IF EXISTS "superadmin_access" ON event_reminders;
CREATE POLICY "superadmin_access" ON event_reminders
  FOR ALL TO public
  USING (
    EXISTS (
      SELECT 1 FROM profiles
      WHERE id = auth.uid() AND role = 'super_admin'
    )
  );
