-- Credits: the balance of an organization, what an action costs, and what was consumed. consume_credits() is
-- provided natively by the server.

-- organization_credits --------------------------------------------------------------------------------

CREATE TABLE IF NOT EXISTS organization_credits (
    organization_id   UUID PRIMARY KEY REFERENCES organizations(id),
    plan_name         TEXT NOT NULL DEFAULT 'free',
    total_credits     INTEGER NOT NULL DEFAULT 0,
    credits_remaining INTEGER NOT NULL DEFAULT 0,
    cycle_start_date  TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    cycle_end_date    TIMESTAMPTZ,
    created_at        TIMESTAMPTZ DEFAULT NOW(),
    updated_at        TIMESTAMPTZ DEFAULT NOW(),
    CONSTRAINT organization_credits_total_credits_check CHECK (total_credits >= 0),
    CONSTRAINT organization_credits_credits_remaining_check CHECK (credits_remaining >= 0)
);
COMMENT ON TABLE organization_credits IS 'Track organization credit balances';
COMMENT ON COLUMN organization_credits.updated_at IS 'When it was last changed @touch';

CREATE INDEX IF NOT EXISTS idx_organization_credits_created_at ON organization_credits (created_at);
CREATE INDEX IF NOT EXISTS idx_organization_credits_updated_at ON organization_credits (updated_at);

ALTER TABLE organization_credits ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS "org_isolation" ON organization_credits;
CREATE POLICY "org_isolation" ON organization_credits
  FOR SELECT TO public
  USING (
    organization_id IN (
      SELECT organization_id FROM profiles WHERE id = auth.uid()
    )
  );
DROP POLICY IF EXISTS "superadmin_access" ON organization_credits;
CREATE POLICY "superadmin_access" ON organization_credits
  FOR ALL TO public
  USING (
    EXISTS (
      SELECT 1 FROM profiles
      WHERE id = auth.uid() AND role = 'super_admin'
    )
  );

-- credit_actions --------------------------------------------------------------------------------------

CREATE TABLE IF NOT EXISTS credit_actions (
    action_type  TEXT PRIMARY KEY,
    credits_cost INTEGER NOT NULL,
    description  TEXT,
    created_at   TIMESTAMPTZ DEFAULT NOW()
);
COMMENT ON TABLE credit_actions IS 'Define credit costs for actions';

CREATE INDEX IF NOT EXISTS idx_credit_actions_created_at ON credit_actions (created_at);

ALTER TABLE credit_actions ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS "signed_in" ON credit_actions;
CREATE POLICY "signed_in" ON credit_actions
  FOR SELECT TO authenticated
  USING (true);
DROP POLICY IF EXISTS "superadmin_access" ON credit_actions;
CREATE POLICY "superadmin_access" ON credit_actions
  FOR ALL TO public
  USING (
    EXISTS (
      SELECT 1 FROM profiles
      WHERE id = auth.uid() AND role = 'super_admin'
    )
  );

INSERT INTO credit_actions (action_type, credits_cost, description) VALUES
    ('create_crm_event', 1, 'Create a CRM event'),
    ('schedule_reminder_email', 1, 'Schedule a reminder by email'),
    ('schedule_reminder_whatsapp', 2, 'Schedule a reminder by WhatsApp'),
    ('send_email', 1, 'Send an email'),
    ('send_whatsapp', 2, 'Send a WhatsApp message'),
    ('ai_lead_scoring', 5, 'Score a lead with AI'),
    ('ai_email_generation', 3, 'Write an email with AI')
ON CONFLICT (action_type) DO NOTHING;

-- credit_consumption_logs -----------------------------------------------------------------------------

CREATE TABLE IF NOT EXISTS credit_consumption_logs (
    id                BIGSERIAL PRIMARY KEY,
    organization_id   UUID NOT NULL REFERENCES organizations(id),
    action_type       TEXT NOT NULL REFERENCES credit_actions(action_type),
    credits_consumed  INTEGER NOT NULL,
    credits_remaining INTEGER NOT NULL,
    success           BOOLEAN NOT NULL DEFAULT true,
    error_message     TEXT,
    created_at        TIMESTAMPTZ DEFAULT NOW()
);
COMMENT ON TABLE credit_consumption_logs IS 'Track credit usage';

CREATE INDEX IF NOT EXISTS idx_credit_consumption_logs_organization_id ON credit_consumption_logs (organization_id);
CREATE INDEX IF NOT EXISTS idx_credit_consumption_logs_action_type ON credit_consumption_logs (action_type);
CREATE INDEX IF NOT EXISTS idx_credit_consumption_logs_created_at ON credit_consumption_logs (created_at);

ALTER TABLE credit_consumption_logs ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS "org_isolation" ON credit_consumption_logs;
CREATE POLICY "org_isolation" ON credit_consumption_logs
  FOR SELECT TO public
  USING (
    organization_id IN (
      SELECT organization_id FROM profiles WHERE id = auth.uid()
    )
  );
DROP POLICY IF EXISTS "superadmin_access" ON credit_consumption_logs;
CREATE POLICY "superadmin_access" ON credit_consumption_logs
  FOR ALL TO public
  USING (
    EXISTS (
      SELECT 1 FROM profiles
      WHERE id = auth.uid() AND role = 'super_admin'
    )
  );
