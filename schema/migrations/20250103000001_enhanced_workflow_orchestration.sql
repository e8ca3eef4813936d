-- Workflow orchestration: templates, and the parts of a workflow. The parts have no organization of their own;
-- they are their workflow's. Templates are the platform's: everyone reads the public ones, and those that he made.
-- create_workflow_version() and log_workflow_step() are provided natively by the server.

-- workflow_templates ----------------------------------------------------------------------------------

CREATE TABLE IF NOT EXISTS workflow_templates (
    id            UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    name          TEXT NOT NULL,
    description   TEXT,
    category      TEXT NOT NULL,
    icon          TEXT,
    template_json JSONB NOT NULL,
    variables     JSONB DEFAULT '{}',
    is_public     BOOLEAN DEFAULT true,
    use_count     INTEGER DEFAULT 0,
    created_by    UUID REFERENCES auth.users(id),
    created_at    TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    updated_at    TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    CONSTRAINT workflow_templates_category_check CHECK (category IN (
        'customer_engagement', 'lead_management', 'support', 'marketing', 'custom'))
);
COMMENT ON TABLE workflow_templates IS 'Pre-built workflow templates';
COMMENT ON COLUMN workflow_templates.updated_at IS 'When it was last changed @touch';

CREATE INDEX IF NOT EXISTS idx_workflow_templates_created_by ON workflow_templates (created_by);
CREATE INDEX IF NOT EXISTS idx_workflow_templates_created_at ON workflow_templates (created_at);
CREATE INDEX IF NOT EXISTS idx_workflow_templates_updated_at ON workflow_templates (updated_at);

ALTER TABLE workflow_templates ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS "public_or_own" ON workflow_templates;
CREATE POLICY "public_or_own" ON workflow_templates
  FOR SELECT TO authenticated
  USING (is_public = true OR created_by = auth.uid());
DROP POLICY IF EXISTS "superadmin_access" ON workflow_templates;
CREATE POLICY "superadmin_access" ON workflow_templates
  FOR ALL TO public
  USING (
    EXISTS (
      SELECT 1 FROM profiles
      WHERE id = auth.uid() AND role = 'super_admin'
    )
  );

-- workflow_conditions ---------------------------------------------------------------------------------

CREATE TABLE IF NOT EXISTS workflow_conditions (
    id                 UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    workflow_id        UUID REFERENCES workflow_definitions(id),
    step_index         INTEGER NOT NULL,
    condition_type     TEXT NOT NULL,
    field_name         TEXT,
    operator           TEXT,
    value              JSONB,
    next_step_on_true  INTEGER,
    next_step_on_false INTEGER,
    created_at         TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    CONSTRAINT workflow_conditions_condition_type_check CHECK (condition_type IN (
        'field_equals', 'field_contains', 'field_greater_than', 'field_less_than', 'custom_logic'))
);
COMMENT ON TABLE workflow_conditions IS 'Conditional branching in workflows';

CREATE INDEX IF NOT EXISTS idx_workflow_conditions_workflow_id ON workflow_conditions (workflow_id);
CREATE INDEX IF NOT EXISTS idx_workflow_conditions_created_at ON workflow_conditions (created_at);

ALTER TABLE workflow_conditions ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS "org_isolation" ON workflow_conditions;
CREATE POLICY "org_isolation" ON workflow_conditions
  FOR SELECT TO public
  USING (
    EXISTS (
      SELECT 1 FROM workflow_definitions
      WHERE workflow_definitions.id = workflow_conditions.workflow_id
        AND workflow_definitions.organization_id IN (
          SELECT organization_id FROM profiles WHERE id = auth.uid()
        )
    )
  );
DROP POLICY IF EXISTS "org_insert" ON workflow_conditions;
CREATE POLICY "org_insert" ON workflow_conditions
  FOR INSERT TO public
  WITH CHECK (
    EXISTS (
      SELECT 1 FROM workflow_definitions
      WHERE workflow_definitions.id = workflow_conditions.workflow_id
        AND workflow_definitions.organization_id IN (
          SELECT organization_id FROM profiles WHERE id = auth.uid()
        )
    )
  );
DROP POLICY IF EXISTS "org_update" ON workflow_conditions;
CREATE POLICY "org_update" ON workflow_conditions
  FOR UPDATE TO public
  USING (
    EXISTS (
      SELECT 1 FROM workflow_definitions
      WHERE workflow_definitions.id = workflow_conditions.workflow_id
        AND workflow_definitions.organization_id IN (
          SELECT organization_id FROM profiles WHERE id = auth.uid()
        )
    )
  )
  WITH CHECK (
    EXISTS (
      SELECT 1 FROM workflow_definitions
      WHERE workflow_definitions.id = workflow_conditions.workflow_id
        AND workflow_definitions.organization_id IN (
          SELECT organization_id FROM profiles WHERE id = auth.uid()
        )
    )
  );
DROP POLICY IF EXISTS "org_delete" ON workflow_conditions;
CREATE POLICY "org_delete" ON workflow_conditions
  FOR DELETE TO public
  USING (
    EXISTS (
      SELECT 1 FROM workflow_definitions
      WHERE workflow_definitions.id = workflow_conditions.workflow_id
        AND workflow_definitions.organization_id IN (
          SELECT organization_id FROM profiles WHERE id = auth.uid()
        )
    )
  );
DROP POLICY IF EXISTS "superadmin_access" ON workflow_conditions;
CREATE POLICY "superadmin_access" ON workflow_conditions
  FOR ALL TO public
  USING (
    EXISTS (
      SELECT 1 FROM profiles
      WHERE id = auth.uid() AND role = 'super_admin'
    )
  );

-- workflow_actions ------------------------------------------------------------------------------------

CREATE TABLE IF NOT EXISTS workflow_actions (
    id              UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    workflow_id     UUID REFERENCES workflow_definitions(id),
    step_index      INTEGER NOT NULL,
    action_type     TEXT NOT NULL,
    action_config   JSONB NOT NULL DEFAULT '{}',
    retry_config    JSONB DEFAULT '{"max_retries": 3, "retry_delay_seconds": 60}',
    timeout_seconds INTEGER DEFAULT 300,
    created_at      TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    updated_at      TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    CONSTRAINT workflow_actions_action_type_check CHECK (action_type IN (
        'send_email', 'send_sms', 'send_whatsapp', 'create_task', 'update_contact', 'ai_generate',
        'webhook', 'delay', 'condition'))
);
COMMENT ON TABLE workflow_actions IS 'Define individual workflow actions';
COMMENT ON COLUMN workflow_actions.updated_at IS 'When it was last changed @touch';

CREATE INDEX IF NOT EXISTS idx_workflow_actions_workflow_id ON workflow_actions (workflow_id);
CREATE INDEX IF NOT EXISTS idx_workflow_actions_created_at ON workflow_actions (created_at);
CREATE INDEX IF NOT EXISTS idx_workflow_actions_updated_at ON workflow_actions (updated_at);

ALTER TABLE workflow_actions ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS "org_isolation" ON workflow_actions;
CREATE POLICY "org_isolation" ON workflow_actions
  FOR SELECT TO public
  USING (
    EXISTS (
      SELECT 1 FROM workflow_definitions
      WHERE workflow_definitions.id = workflow_actions.workflow_id
        AND workflow_definitions.organization_id IN (
          SELECT organization_id FROM profiles WHERE id = auth.uid()
        )
    )
  );
DROP POLICY IF EXISTS "org_insert" ON workflow_actions;
CREATE POLICY "org_insert" ON workflow_actions
  FOR INSERT TO public
  WITH CHECK (
    EXISTS (
      SELECT 1 FROM workflow_definitions
      WHERE workflow_definitions.id = workflow_actions.workflow_id
        AND workflow_definitions.organization_id IN (
          SELECT organization_id FROM profiles WHERE id = auth.uid()
        )
    )
  );
DROP POLICY IF EXISTS "org_update" ON workflow_actions;
CREATE POLICY "org_update" ON workflow_actions
  FOR UPDATE TO public
  USING (
    EXISTS (
      SELECT 1 FROM workflow_definitions
      WHERE workflow_definitions.id = workflow_actions.workflow_id
        AND workflow_definitions.organization_id IN (
          SELECT organization_id FROM profiles WHERE id = auth.uid()
        )
    )
  )
  WITH CHECK (
    EXISTS (
      SELECT 1 FROM workflow_definitions
      WHERE workflow_definitions.id = workflow_actions.workflow_id
        AND workflow_definitions.organization_id IN (
          SELECT organization_id FROM profiles WHERE id = auth.uid()
        )
    )
  );
DROP POLICY IF EXISTS "org_delete" ON workflow_actions;
CREATE POLICY "org_delete" ON workflow_actions
  FOR DELETE TO public
  USING (
    EXISTS (
      SELECT 1 FROM workflow_definitions
      WHERE workflow_definitions.id = workflow_actions.workflow_id
        AND workflow_definitions.organization_id IN (
          SELECT organization_id FROM profiles WHERE id = auth.uid()
        )
    )
  );
DROP POLICY IF EXISTS "superadmin_access" ON workflow_actions;
CREATE POLICY "superadmin_access" ON workflow_actions
  FOR ALL TO public
  USING (
    EXISTS (
      SELECT 1 FROM profiles
      WHERE id = auth.uid() AND role = 'super_admin'
    )
  );

-- workflow_triggers -----------------------------------------------------------------------------------

CREATE TABLE IF NOT EXISTS workflow_triggers (
    id                UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    workflow_id       UUID REFERENCES workflow_definitions(id),
    trigger_type      TEXT NOT NULL,
    trigger_config    JSONB NOT NULL DEFAULT '{}',
    webhook_url       TEXT,
    webhook_secret    TEXT,
    schedule_cron     TEXT,
    event_name        TEXT,
    is_active         BOOLEAN DEFAULT true,
    last_triggered_at TIMESTAMPTZ,
    trigger_count     INTEGER DEFAULT 0,
    created_at        TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    updated_at        TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    CONSTRAINT workflow_triggers_trigger_type_check CHECK (trigger_type IN (
        'webhook', 'schedule', 'event', 'manual', 'api_call'))
);
COMMENT ON TABLE workflow_triggers IS 'Define workflow triggers';
COMMENT ON COLUMN workflow_triggers.updated_at IS 'When it was last changed @touch';

CREATE INDEX IF NOT EXISTS idx_workflow_triggers_workflow_id ON workflow_triggers (workflow_id);
CREATE INDEX IF NOT EXISTS idx_workflow_triggers_created_at ON workflow_triggers (created_at);
CREATE INDEX IF NOT EXISTS idx_workflow_triggers_updated_at ON workflow_triggers (updated_at);

ALTER TABLE workflow_triggers ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS "org_isolation" ON workflow_triggers;
CREATE POLICY "org_isolation" ON workflow_triggers
  FOR SELECT TO public
  USING (
    EXISTS (
      SELECT 1 FROM workflow_definitions
      WHERE workflow_definitions.id = workflow_triggers.workflow_id
        AND workflow_definitions.organization_id IN (
          SELECT organization_id FROM profiles WHERE id = auth.uid()
        )
    )
  );
DROP POLICY IF EXISTS "org_insert" ON workflow_triggers;
CREATE POLICY "org_insert" ON workflow_triggers
  FOR INSERT TO public
  WITH CHECK (
    EXISTS (
      SELECT 1 FROM workflow_definitions
      WHERE workflow_definitions.id = workflow_triggers.workflow_id
        AND workflow_definitions.organization_id IN (
          SELECT organization_id FROM profiles WHERE id = auth.uid()
        )
    )
  );
DROP POLICY IF EXISTS "org_update" ON workflow_triggers;
CREATE POLICY "org_update" ON workflow_triggers
  FOR UPDATE TO public
  USING (
    EXISTS (
      SELECT 1 FROM workflow_definitions
      WHERE workflow_definitions.id = workflow_triggers.workflow_id
        AND workflow_definitions.organization_id IN (
          SELECT organization_id FROM profiles WHERE id = auth.uid()
        )
    )
  )
  WITH CHECK (
    EXISTS (
      SELECT 1 FROM workflow_definitions
      WHERE workflow_definitions.id = workflow_triggers.workflow_id
        AND workflow_definitions.organization_id IN (
          SELECT organization_id FROM profiles WHERE id = auth.uid()
        )
    )
  );
DROP POLICY IF EXISTS "org_delete" ON workflow_triggers;
CREATE POLICY "org_delete" ON workflow_triggers
  FOR DELETE TO public
  USING (
    EXISTS (
      SELECT 1 FROM workflow_definitions
      WHERE workflow_definitions.id = workflow_triggers.workflow_id
        AND workflow_definitions.organization_id IN (
          SELECT organization_id FROM profiles WHERE id = auth.uid()
        )
    )
  );
DROP POLICY IF EXISTS "superadmin_access" ON workflow_triggers;
CREATE POLICY "superadmin_access" ON workflow_triggers
  FOR ALL TO public
  USING (
    EXISTS (
      SELECT 1 FROM profiles
      WHERE id = auth.uid() AND role = 'super_admin'
    )
  );

-- workflow_versions -----------------------------------------------------------------------------------

CREATE TABLE IF NOT EXISTS workflow_versions (
    id             UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    workflow_id    UUID REFERENCES workflow_definitions(id),
    version_number INTEGER NOT NULL,
    workflow_json  JSONB NOT NULL,
    change_summary TEXT,
    created_by     UUID REFERENCES auth.users(id),
    created_at     TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    CONSTRAINT workflow_versions_workflow_id_version_number_key UNIQUE (workflow_id, version_number)
);
COMMENT ON TABLE workflow_versions IS 'Version control for workflows';

CREATE INDEX IF NOT EXISTS idx_workflow_versions_created_by ON workflow_versions (created_by);
CREATE INDEX IF NOT EXISTS idx_workflow_versions_created_at ON workflow_versions (created_at);

ALTER TABLE workflow_versions ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS "org_isolation" ON workflow_versions;
CREATE POLICY "org_isolation" ON workflow_versions
  FOR SELECT TO public
  USING (
    EXISTS (
      SELECT 1 FROM workflow_definitions
      WHERE workflow_definitions.id = workflow_versions.workflow_id
        AND workflow_definitions.organization_id IN (
          SELECT organization_id FROM profiles WHERE id = auth.uid()
        )
    )
  );
DROP POLICY IF EXISTS "org_insert" ON workflow_versions;
CREATE POLICY "org_insert" ON workflow_versions
  FOR INSERT TO public
  WITH CHECK (
    EXISTS (
      SELECT 1 FROM workflow_definitions
      WHERE workflow_definitions.id = workflow_versions.workflow_id
        AND workflow_definitions.organization_id IN (
          SELECT organization_id FROM profiles WHERE id = auth.uid()
        )
    )
  );
DROP POLICY IF EXISTS "org_update" ON workflow_versions;
CREATE POLICY "org_update" ON workflow_versions
  FOR UPDATE TO public
  USING (
    EXISTS (
      SELECT 1 FROM workflow_definitions
      WHERE workflow_definitions.id = workflow_versions.workflow_id
        AND workflow_definitions.organization_id IN (
          SELECT organization_id FROM profiles WHERE id = auth.uid()
        )
    )
  )
  WITH CHECK (
    EXISTS (
      SELECT 1 FROM workflow_definitions
      WHERE workflow_definitions.id = workflow_versions.workflow_id
        AND workflow_definitions.organization_id IN (
          SELECT organization_id FROM profiles WHERE id = auth.uid()
        )
    )
  );
DROP POLICY IF EXISTS "org_delete" ON workflow_versions;
CREATE POLICY "org_delete" ON workflow_versions
  FOR DELETE TO public
  USING (
    EXISTS (
      SELECT 1 FROM workflow_definitions
      WHERE workflow_definitions.id = workflow_versions.workflow_id
        AND workflow_definitions.organization_id IN (
          SELECT organization_id FROM profiles WHERE id = auth.uid()
        )
    )
  );
DROP POLICY IF EXISTS "superadmin_access" ON workflow_versions;
CREATE POLICY "superadmin_access" ON workflow_versions
  FOR ALL TO public
  USING (
    EXISTS (
      SELECT 1 FROM profiles
      WHERE id = auth.uid() AND role = 'super_admin'
    )
  );

-- workflow_execution_steps ----------------------------------------------------------------------------
-- Members read it from 20250122235959 on, when its parent has an organization_id to go by.

CREATE TABLE IF NOT EXISTS workflow_execution_steps (
    id               BIGSERIAL PRIMARY KEY,
    execution_log_id BIGINT REFERENCES workflow_execution_logs(id),
    step_index       INTEGER NOT NULL,
    step_type        TEXT NOT NULL,
    step_config      JSONB,
    execution_start  TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    execution_end    TIMESTAMPTZ,
    status           TEXT NOT NULL,
    result           JSONB,
    error_message    TEXT,
    retry_count      INTEGER DEFAULT 0,
    created_at       TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    updated_at       TIMESTAMPTZ NOT NULL DEFAULT NOW()
);
COMMENT ON TABLE workflow_execution_steps IS 'Track individual step execution in workflows';
COMMENT ON COLUMN workflow_execution_steps.updated_at IS 'When it was last changed @touch';

CREATE INDEX IF NOT EXISTS idx_workflow_execution_steps_execution_log_id
    ON workflow_execution_steps (execution_log_id);
CREATE INDEX IF NOT EXISTS idx_workflow_execution_steps_status ON workflow_execution_steps (status);
CREATE INDEX IF NOT EXISTS idx_workflow_execution_steps_created_at ON workflow_execution_steps (created_at);
CREATE INDEX IF NOT EXISTS idx_workflow_execution_steps_updated_at ON workflow_execution_steps (updated_at);

ALTER TABLE workflow_execution_steps ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS "superadmin_access" ON workflow_execution_steps;
CREATE POLICY "superadmin_access" ON workflow_execution_steps
  FOR ALL TO public
  USING (
    EXISTS (
      SELECT 1 FROM profiles
      WHERE id = auth.uid() AND role = 'super_admin'
    )
  );

-- workflow_variables ----------------------------------------------------------------------------------

CREATE TABLE IF NOT EXISTS workflow_variables (
    id            UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    workflow_id   UUID REFERENCES workflow_definitions(id),
    variable_name TEXT NOT NULL,
    variable_type TEXT NOT NULL,
    default_value JSONB,
    is_required   BOOLEAN DEFAULT false,
    description   TEXT,
    created_at    TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    CONSTRAINT workflow_variables_variable_type_check CHECK (variable_type IN (
        'string', 'number', 'boolean', 'json', 'secret'))
);
COMMENT ON TABLE workflow_variables IS 'Define variables for workflow templates';

CREATE INDEX IF NOT EXISTS idx_workflow_variables_workflow_id ON workflow_variables (workflow_id);
CREATE INDEX IF NOT EXISTS idx_workflow_variables_created_at ON workflow_variables (created_at);

ALTER TABLE workflow_variables ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS "org_isolation" ON workflow_variables;
CREATE POLICY "org_isolation" ON workflow_variables
  FOR SELECT TO public
  USING (
    EXISTS (
      SELECT 1 FROM workflow_definitions
      WHERE workflow_definitions.id = workflow_variables.workflow_id
        AND workflow_definitions.organization_id IN (
          SELECT organization_id FROM profiles WHERE id = auth.uid()
        )
    )
  );
DROP POLICY IF EXISTS "org_insert" ON workflow_variables;
CREATE POLICY "org_insert" ON workflow_variables
  FOR INSERT TO public
  WITH CHECK (
    EXISTS (
      SELECT 1 FROM workflow_definitions
      WHERE workflow_definitions.id = workflow_variables.workflow_id
        AND workflow_definitions.organization_id IN (
          SELECT organization_id FROM profiles WHERE id = auth.uid()
        )
    )
  );
DROP POLICY IF EXISTS "org_update" ON workflow_variables;
CREATE POLICY "org_update" ON workflow_variables
  FOR UPDATE TO public
  USING (
    EXISTS (
      SELECT 1 FROM workflow_definitions
      WHERE workflow_definitions.id = workflow_variables.workflow_id
        AND workflow_definitions.organization_id IN (
          SELECT organization_id FROM profiles WHERE id = auth.uid()
        )
    )
  )
  WITH CHECK (
    EXISTS (
      SELECT 1 FROM workflow_definitions
      WHERE workflow_definitions.id = workflow_variables.workflow_id
        AND workflow_definitions.organization_id IN (
          SELECT organization_id FROM profiles WHERE id = auth.uid()
        )
    )
  );
DROP POLICY IF EXISTS "org_delete" ON workflow_variables;
CREATE POLICY "org_delete" ON workflow_variables
  FOR DELETE TO public
  USING (
    EXISTS (
      SELECT 1 FROM workflow_definitions
      WHERE workflow_definitions.id = workflow_variables.workflow_id
        AND workflow_definitions.organization_id IN (
          SELECT organization_id FROM profiles WHERE id = auth.uid()
        )
    )
  );
DROP POLICY IF EXISTS "superadmin_access" ON workflow_variables;
CREATE POLICY "superadmin_access" ON workflow_variables
  FOR ALL TO public
  USING (
    EXISTS (
      SELECT 1 FROM profiles
      WHERE id = auth.uid() AND role = 'super_admin'
    )
  );
