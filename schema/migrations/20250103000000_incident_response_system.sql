-- Incidents: what happened, what was done about it, who was told, when it escalates, how it is rolled back.
-- Members work on the incidents of their organization; the rollback procedures are the platform's.

-- incidents -------------------------------------------------------------------------------------------

CREATE TABLE IF NOT EXISTS incidents (
    id               UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    incident_type    TEXT NOT NULL,
    severity         TEXT NOT NULL,
    status           TEXT NOT NULL DEFAULT 'open',
    title            TEXT NOT NULL,
    description      TEXT,
    affected_service TEXT,
    organization_id  UUID REFERENCES organizations(id),
    user_id          UUID REFERENCES auth.users(id),
    detected_at      TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    resolved_at      TIMESTAMPTZ,
    metadata         JSONB DEFAULT '{}',
    error_details    JSONB,
    stack_trace      TEXT,
    auto_created     BOOLEAN DEFAULT true,
    assigned_to      UUID REFERENCES auth.users(id),
    created_at       TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    updated_at       TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    CONSTRAINT incidents_incident_type_check CHECK (incident_type IN (
        'api_error', 'database_error', 'security_breach', 'performance_degradation', 'service_outage')),
    CONSTRAINT incidents_severity_check CHECK (severity IN ('low', 'medium', 'high', 'critical')),
    CONSTRAINT incidents_status_check CHECK (status IN ('open', 'investigating', 'resolved', 'closed'))
);
COMMENT ON TABLE incidents IS 'Track system incidents';
COMMENT ON COLUMN incidents.updated_at IS 'When it was last changed @touch';

CREATE INDEX IF NOT EXISTS idx_incidents_organization_id ON incidents (organization_id);
CREATE INDEX IF NOT EXISTS idx_incidents_user_id ON incidents (user_id);
CREATE INDEX IF NOT EXISTS idx_incidents_assigned_to ON incidents (assigned_to);
CREATE INDEX IF NOT EXISTS idx_incidents_status ON incidents (status);
CREATE INDEX IF NOT EXISTS idx_incidents_created_at ON incidents (created_at);
CREATE INDEX IF NOT EXISTS idx_incidents_updated_at ON incidents (updated_at);

ALTER TABLE incidents ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS "org_isolation" ON incidents;
CREATE POLICY "org_isolation" ON incidents
  FOR SELECT TO public
  USING (
    organization_id IN (
      SELECT organization_id FROM profiles WHERE id = auth.uid()
    )
  );
DROP POLICY IF EXISTS "org_insert" ON incidents;
CREATE POLICY "org_insert" ON incidents
  FOR INSERT TO public
  WITH CHECK (
    organization_id IN (
      SELECT organization_id FROM profiles WHERE id = auth.uid()
    )
  );
DROP POLICY IF EXISTS "org_update" ON incidents;
CREATE POLICY "org_update" ON incidents
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
DROP POLICY IF EXISTS "org_delete" ON incidents;
CREATE POLICY "org_delete" ON incidents
  FOR DELETE TO public
  USING (
    organization_id IN (
      SELECT organization_id FROM profiles WHERE id = auth.uid()
    )
  );
DROP POLICY IF EXISTS "superadmin_access" ON incidents;
CREATE POLICY "superadmin_access" ON incidents
  FOR ALL TO public
  USING (
    EXISTS (
      SELECT 1 FROM profiles
      WHERE id = auth.uid() AND role = 'super_admin'
    )
  );

-- incident_actions ------------------------------------------------------------------------------------

CREATE TABLE IF NOT EXISTS incident_actions (
    id          BIGSERIAL PRIMARY KEY,
    incident_id UUID NOT NULL REFERENCES incidents(id),
    action_type TEXT NOT NULL,
    actor_id    UUID REFERENCES auth.users(id),
    actor_type  TEXT DEFAULT 'system',
    description TEXT NOT NULL,
    metadata    JSONB DEFAULT '{}',
    created_at  TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    CONSTRAINT incident_actions_action_type_check CHECK (action_type IN (
        'notification_sent', 'escalated', 'assigned', 'status_changed', 'comment_added',
        'rollback_triggered'))
);
COMMENT ON TABLE incident_actions IS 'Track actions taken on incidents';

CREATE INDEX IF NOT EXISTS idx_incident_actions_incident_id ON incident_actions (incident_id);
CREATE INDEX IF NOT EXISTS idx_incident_actions_actor_id ON incident_actions (actor_id);
CREATE INDEX IF NOT EXISTS idx_incident_actions_created_at ON incident_actions (created_at);

ALTER TABLE incident_actions ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS "org_isolation" ON incident_actions;
CREATE POLICY "org_isolation" ON incident_actions
  FOR SELECT TO public
  USING (
    EXISTS (
      SELECT 1 FROM incidents
      WHERE incidents.id = incident_actions.incident_id
        AND incidents.organization_id IN (
          SELECT organization_id FROM profiles WHERE id = auth.uid()
        )
    )
  );
DROP POLICY IF EXISTS "org_insert" ON incident_actions;
CREATE POLICY "org_insert" ON incident_actions
  FOR INSERT TO public
  WITH CHECK (
    EXISTS (
      SELECT 1 FROM incidents
      WHERE incidents.id = incident_actions.incident_id
        AND incidents.organization_id IN (
          SELECT organization_id FROM profiles WHERE id = auth.uid()
        )
    )
  );
DROP POLICY IF EXISTS "org_update" ON incident_actions;
CREATE POLICY "org_update" ON incident_actions
  FOR UPDATE TO public
  USING (
    EXISTS (
      SELECT 1 FROM incidents
      WHERE incidents.id = incident_actions.incident_id
        AND incidents.organization_id IN (
          SELECT organization_id FROM profiles WHERE id = auth.uid()
        )
    )
  )
  WITH CHECK (
    EXISTS (
      SELECT 1 FROM incidents
      WHERE incidents.id = incident_actions.incident_id
        AND incidents.organization_id IN (
          SELECT organization_id FROM profiles WHERE id = auth.uid()
        )
    )
  );
DROP POLICY IF EXISTS "org_delete" ON incident_actions;
CREATE POLICY "org_delete" ON incident_actions
  FOR DELETE TO public
  USING (
    EXISTS (
      SELECT 1 FROM incidents
      WHERE incidents.id = incident_actions.incident_id
        AND incidents.organization_id IN (
          SELECT organization_id FROM profiles WHERE id = auth.uid()
        )
    )
  );
DROP POLICY IF EXISTS "superadmin_access" ON incident_actions;
CREATE POLICY "superadmin_access" ON incident_actions
  FOR ALL TO public
  USING (
    EXISTS (
      SELECT 1 FROM profiles
      WHERE id = auth.uid() AND role = 'super_admin'
    )
  );

-- notification_rules ----------------------------------------------------------------------------------
-- trigger_conditions: incident types, severities, services. Channels: email, slack, telegram, webhook, in_app.

CREATE TABLE IF NOT EXISTS notification_rules (
    id                    UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    name                  TEXT NOT NULL,
    description           TEXT,
    is_active             BOOLEAN DEFAULT true,
    trigger_conditions    JSONB NOT NULL,
    notification_channels TEXT[] NOT NULL,
    recipients            JSONB NOT NULL,
    delay_seconds         INTEGER DEFAULT 0,
    cooldown_minutes      INTEGER DEFAULT 60,
    organization_id       UUID REFERENCES organizations(id),
    created_by            UUID REFERENCES auth.users(id),
    created_at            TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    updated_at            TIMESTAMPTZ NOT NULL DEFAULT NOW()
);
COMMENT ON TABLE notification_rules IS 'Define when and how to send notifications';
COMMENT ON COLUMN notification_rules.updated_at IS 'When it was last changed @touch';

CREATE INDEX IF NOT EXISTS idx_notification_rules_organization_id ON notification_rules (organization_id);
CREATE INDEX IF NOT EXISTS idx_notification_rules_created_by ON notification_rules (created_by);
CREATE INDEX IF NOT EXISTS idx_notification_rules_created_at ON notification_rules (created_at);
CREATE INDEX IF NOT EXISTS idx_notification_rules_updated_at ON notification_rules (updated_at);

ALTER TABLE notification_rules ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS "org_isolation" ON notification_rules;
CREATE POLICY "org_isolation" ON notification_rules
  FOR SELECT TO public
  USING (
    organization_id IN (
      SELECT organization_id FROM profiles WHERE id = auth.uid()
    )
  );
DROP POLICY IF EXISTS "superadmin_access" ON notification_rules;
CREATE POLICY "superadmin_access" ON notification_rules
  FOR ALL TO public
  USING (
    EXISTS (
      SELECT 1 FROM profiles
      WHERE id = auth.uid() AND role = 'super_admin'
    )
  );

-- notification_logs -----------------------------------------------------------------------------------

CREATE TABLE IF NOT EXISTS notification_logs (
    id            BIGSERIAL PRIMARY KEY,
    incident_id   UUID NOT NULL REFERENCES incidents(id),
    rule_id       UUID REFERENCES notification_rules(id),
    channel       TEXT NOT NULL,
    recipient     TEXT NOT NULL,
    status        TEXT NOT NULL DEFAULT 'pending',
    message       TEXT NOT NULL,
    sent_at       TIMESTAMPTZ,
    error_message TEXT,
    retry_count   INTEGER DEFAULT 0,
    created_at    TIMESTAMPTZ NOT NULL DEFAULT NOW()
);
COMMENT ON TABLE notification_logs IS 'Track all notifications sent';

CREATE INDEX IF NOT EXISTS idx_notification_logs_incident_id ON notification_logs (incident_id);
CREATE INDEX IF NOT EXISTS idx_notification_logs_rule_id ON notification_logs (rule_id);
CREATE INDEX IF NOT EXISTS idx_notification_logs_status ON notification_logs (status);
CREATE INDEX IF NOT EXISTS idx_notification_logs_created_at ON notification_logs (created_at);

ALTER TABLE notification_logs ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS "org_isolation" ON notification_logs;
CREATE POLICY "org_isolation" ON notification_logs
  FOR SELECT TO public
  USING (
    EXISTS (
      SELECT 1 FROM incidents
      WHERE incidents.id = notification_logs.incident_id
        AND incidents.organization_id IN (
          SELECT organization_id FROM profiles WHERE id = auth.uid()
        )
    )
  );
DROP POLICY IF EXISTS "superadmin_access" ON notification_logs;
CREATE POLICY "superadmin_access" ON notification_logs
  FOR ALL TO public
  USING (
    EXISTS (
      SELECT 1 FROM profiles
      WHERE id = auth.uid() AND role = 'super_admin'
    )
  );

-- escalation_rules ------------------------------------------------------------------------------------

CREATE TABLE IF NOT EXISTS escalation_rules (
    id                       UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    name                     TEXT NOT NULL,
    description              TEXT,
    is_active                BOOLEAN DEFAULT true,
    trigger_conditions       JSONB NOT NULL,
    escalation_delay_minutes INTEGER NOT NULL DEFAULT 30,
    escalate_to_role         TEXT,
    escalate_to_users        UUID[],
    notification_channels    TEXT[],
    organization_id          UUID REFERENCES organizations(id),
    created_at               TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    updated_at               TIMESTAMPTZ NOT NULL DEFAULT NOW()
);
COMMENT ON TABLE escalation_rules IS 'Auto-escalate incidents based on rules';
COMMENT ON COLUMN escalation_rules.updated_at IS 'When it was last changed @touch';

CREATE INDEX IF NOT EXISTS idx_escalation_rules_organization_id ON escalation_rules (organization_id);
CREATE INDEX IF NOT EXISTS idx_escalation_rules_created_at ON escalation_rules (created_at);
CREATE INDEX IF NOT EXISTS idx_escalation_rules_updated_at ON escalation_rules (updated_at);

ALTER TABLE escalation_rules ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS "org_isolation" ON escalation_rules;
CREATE POLICY "org_isolation" ON escalation_rules
  FOR SELECT TO public
  USING (
    organization_id IN (
      SELECT organization_id FROM profiles WHERE id = auth.uid()
    )
  );
DROP POLICY IF EXISTS "superadmin_access" ON escalation_rules;
CREATE POLICY "superadmin_access" ON escalation_rules
  FOR ALL TO public
  USING (
    EXISTS (
      SELECT 1 FROM profiles
      WHERE id = auth.uid() AND role = 'super_admin'
    )
  );

-- rollback_procedures ---------------------------------------------------------------------------------

CREATE TABLE IF NOT EXISTS rollback_procedures (
    id                     UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    name                   TEXT NOT NULL,
    description            TEXT,
    trigger_incident_types TEXT[],
    rollback_steps         JSONB NOT NULL,
    requires_approval      BOOLEAN DEFAULT true,
    is_active              BOOLEAN DEFAULT true,
    last_tested_at         TIMESTAMPTZ,
    test_success           BOOLEAN,
    created_by             UUID REFERENCES auth.users(id),
    created_at             TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    updated_at             TIMESTAMPTZ NOT NULL DEFAULT NOW()
);
COMMENT ON TABLE rollback_procedures IS 'Define automated rollback procedures';
COMMENT ON COLUMN rollback_procedures.updated_at IS 'When it was last changed @touch';

CREATE INDEX IF NOT EXISTS idx_rollback_procedures_created_by ON rollback_procedures (created_by);
CREATE INDEX IF NOT EXISTS idx_rollback_procedures_created_at ON rollback_procedures (created_at);
CREATE INDEX IF NOT EXISTS idx_rollback_procedures_updated_at ON rollback_procedures (updated_at);

ALTER TABLE rollback_procedures ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS "superadmin_access" ON rollback_procedures;
CREATE POLICY "superadmin_access" ON rollback_procedures
  FOR ALL TO public
  USING (
    EXISTS (
      SELECT 1 FROM profiles
      WHERE id = auth.uid() AND role = 'super_admin'
    )
  );

-- rollback_executions ---------------------------------------------------------------------------------

CREATE TABLE IF NOT EXISTS rollback_executions (
    id             UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    procedure_id   UUID NOT NULL REFERENCES rollback_procedures(id),
    incident_id    UUID NOT NULL REFERENCES incidents(id),
    status         TEXT NOT NULL DEFAULT 'pending',
    approved_by    UUID REFERENCES auth.users(id),
    approved_at    TIMESTAMPTZ,
    started_at     TIMESTAMPTZ,
    completed_at   TIMESTAMPTZ,
    result_summary JSONB,
    error_message  TEXT,
    created_at     TIMESTAMPTZ NOT NULL DEFAULT NOW()
);
COMMENT ON TABLE rollback_executions IS 'Track rollback execution history';

CREATE INDEX IF NOT EXISTS idx_rollback_executions_procedure_id ON rollback_executions (procedure_id);
CREATE INDEX IF NOT EXISTS idx_rollback_executions_incident_id ON rollback_executions (incident_id);
CREATE INDEX IF NOT EXISTS idx_rollback_executions_approved_by ON rollback_executions (approved_by);
CREATE INDEX IF NOT EXISTS idx_rollback_executions_status ON rollback_executions (status);
CREATE INDEX IF NOT EXISTS idx_rollback_executions_created_at ON rollback_executions (created_at);

ALTER TABLE rollback_executions ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS "org_isolation" ON rollback_executions;
CREATE POLICY "org_isolation" ON rollback_executions
  FOR SELECT TO public
  USING (
    EXISTS (
      SELECT 1 FROM incidents
      WHERE incidents.id = rollback_executions.incident_id
        AND incidents.organization_id IN (
          SELECT organization_id FROM profiles WHERE id = auth.uid()
        )
    )
  );
DROP POLICY IF EXISTS "superadmin_access" ON rollback_executions;
CREATE POLICY "superadmin_access" ON rollback_executions
  FOR ALL TO public
  USING (
    EXISTS (
      SELECT 1 FROM profiles
      WHERE id = auth.uid() AND role = 'super_admin'
    )
  );
