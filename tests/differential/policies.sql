-- Tables of the test alone, whose policies read tables that have policies of their own: two and three deep, correlated and not, in
-- USING and in WITH CHECK, restrictive ones, through parents, and back to the same table where that is no recursion.
-- Members of an organization must not see another's rows in PostgreSQL either: it has no walls.

CREATE TABLE lab_flags (
    name text PRIMARY KEY CHECK (name IN ('plain', 'draft', 'secret')),
    shown boolean NOT NULL,
    owner uuid REFERENCES auth.users(id)
);

CREATE TABLE lab_groups (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL REFERENCES organizations(id),
    owner uuid REFERENCES auth.users(id),
    open boolean
);

CREATE TABLE lab_docs (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL REFERENCES organizations(id),
    owner uuid REFERENCES auth.users(id),
    kind text NOT NULL CHECK (kind IN ('plain', 'draft', 'secret')),
    level integer
);

CREATE TABLE lab_shares (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL REFERENCES organizations(id),
    doc_id uuid REFERENCES lab_docs(id) ON DELETE CASCADE,
    group_id uuid REFERENCES lab_groups(id) ON DELETE SET NULL,
    user_id uuid REFERENCES auth.users(id),
    level integer
);

CREATE TABLE lab_notes (
    id uuid PRIMARY KEY,
    doc_id uuid NOT NULL REFERENCES lab_docs(id) ON DELETE CASCADE,
    author uuid REFERENCES auth.users(id),
    body text
);

CREATE TABLE lab_loose (
    id uuid PRIMARY KEY,
    doc_id uuid REFERENCES lab_docs(id),
    body text
);

-- Texts in an order of ICU's, with indexes of that and of others. The columns have one collation: two would make random expressions of
-- which nobody knows whose they are.
CREATE TABLE lab_words (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL REFERENCES organizations(id),
    word text COLLATE "de-x-icu" NOT NULL,
    other text COLLATE "de-x-icu",
    plain text,
    shown text COLLATE "de-x-icu" GENERATED ALWAYS AS (lower(word COLLATE "tr-x-icu")) STORED,
    UNIQUE (organization_id, word)
);
CREATE INDEX lab_words_other ON lab_words (other DESC, word);
CREATE INDEX lab_words_root ON lab_words (other COLLATE "und-x-icu", word);
CREATE INDEX lab_words_plain ON lab_words (organization_id, plain COLLATE "sv-x-icu");
CREATE INDEX lab_words_early ON lab_words (word) WHERE other < 'm';

ALTER TABLE lab_words ENABLE ROW LEVEL SECURITY;
ALTER TABLE lab_flags ENABLE ROW LEVEL SECURITY;
ALTER TABLE lab_groups ENABLE ROW LEVEL SECURITY;
ALTER TABLE lab_docs ENABLE ROW LEVEL SECURITY;
ALTER TABLE lab_shares ENABLE ROW LEVEL SECURITY;
ALTER TABLE lab_notes ENABLE ROW LEVEL SECURITY;
ALTER TABLE lab_loose ENABLE ROW LEVEL SECURITY;

GRANT SELECT, INSERT, UPDATE, DELETE ON lab_flags, lab_groups, lab_docs, lab_shares, lab_notes, lab_loose, lab_words TO anon, authenticated, service_role;

-- Who may write the own profile, but not into another organization, nor to be a super admin. A profile without an organization lies behind
-- the wall, which PostgreSQL has not: so the policy says it, where a statement that reads nothing meets no other.
CREATE POLICY own_profile ON profiles FOR UPDATE TO authenticated
    USING (id = auth.uid() AND organization_id = auth.organization_id()) WITH CHECK (id = auth.uid() AND organization_id = auth.organization_id());

-- One deep, and without any sub-select: what others come to.
CREATE POLICY shown ON lab_flags FOR SELECT TO public USING (shown);
CREATE POLICY own ON lab_flags FOR ALL TO authenticated USING (owner = auth.uid());

CREATE POLICY members ON lab_groups FOR SELECT TO authenticated
    USING (organization_id = auth.organization_id() AND (open OR owner = auth.uid()));
CREATE POLICY open_ones ON lab_groups FOR INSERT TO authenticated WITH CHECK (organization_id = auth.organization_id());
-- Back to the same table, whose policies for SELECT have no sub-selects: PostgreSQL takes it, and reads it under them.
CREATE POLICY owners ON lab_groups FOR UPDATE TO authenticated
    USING (organization_id = auth.organization_id())
    WITH CHECK (organization_id = auth.organization_id() AND EXISTS (SELECT 1 FROM lab_groups g WHERE g.owner = auth.uid()));
CREATE POLICY no_more ON lab_groups FOR DELETE TO authenticated
    USING (id IN (SELECT g.id FROM lab_groups g WHERE g.open));
CREATE POLICY superadmins ON lab_groups FOR ALL TO authenticated USING (auth.is_super_admin());

-- Two deep: through the groups that one sees, or one's own.
CREATE POLICY members ON lab_shares AS RESTRICTIVE FOR ALL TO authenticated
    USING (auth.is_super_admin() OR organization_id IN (SELECT organization_id FROM profiles WHERE profiles.id = auth.uid()));
CREATE POLICY own ON lab_shares FOR SELECT TO authenticated USING (user_id = auth.uid());
CREATE POLICY of_groups ON lab_shares FOR SELECT TO authenticated USING (group_id IN (SELECT id FROM lab_groups));
CREATE POLICY given ON lab_shares FOR INSERT TO authenticated
    WITH CHECK (EXISTS (SELECT 1 FROM lab_groups g WHERE g.id = group_id) OR level > (SELECT 3 FROM lab_flags f WHERE f.name = 'plain'));
CREATE POLICY changed ON lab_shares FOR UPDATE TO authenticated
    USING (group_id IS NULL OR group_id IN (SELECT g.id FROM lab_groups g WHERE g.owner IS NOT NULL))
    WITH CHECK (EXISTS (SELECT 1 FROM lab_groups g WHERE g.id = group_id AND g.open));
CREATE POLICY gone ON lab_shares FOR DELETE TO authenticated USING (true);
CREATE POLICY superadmins ON lab_shares FOR ALL TO authenticated USING (auth.is_super_admin());

-- Three deep, restrictive ones included.
CREATE POLICY members ON lab_docs AS RESTRICTIVE FOR ALL TO authenticated
    USING (auth.is_super_admin() OR organization_id = auth.organization_id());
CREATE POLICY kinds ON lab_docs AS RESTRICTIVE FOR SELECT TO authenticated
    USING (kind = 'plain' OR EXISTS (SELECT 1 FROM lab_flags f WHERE f.name = kind));
CREATE POLICY own ON lab_docs FOR ALL TO authenticated USING (owner = auth.uid());
CREATE POLICY shared ON lab_docs FOR SELECT TO authenticated
    USING (id IN (SELECT doc_id FROM lab_shares WHERE lab_shares.level IS NOT NULL));
CREATE POLICY leveled ON lab_docs FOR UPDATE TO authenticated
    USING (EXISTS (SELECT 1 FROM lab_shares s WHERE s.doc_id = lab_docs.id AND s.level < lab_docs.level))
    WITH CHECK (level NOT IN (SELECT s.level FROM lab_shares s WHERE s.level IS NOT NULL AND s.user_id = auth.uid()));
CREATE POLICY superadmins ON lab_docs FOR ALL TO authenticated USING (auth.is_super_admin());

-- Children: all rows of the parent's that one sees.
CREATE POLICY of_docs ON lab_notes FOR SELECT TO authenticated
    USING (EXISTS (SELECT 1 FROM lab_docs d WHERE d.id = doc_id));
CREATE POLICY added ON lab_notes FOR INSERT TO authenticated
    WITH CHECK (doc_id IN (SELECT d.id FROM lab_docs d WHERE d.kind <> 'secret'));
CREATE POLICY changed ON lab_notes FOR UPDATE TO authenticated
    USING (EXISTS (SELECT 1 FROM lab_docs d WHERE d.id = lab_notes.doc_id AND d.organization_id = auth.organization_id()));
CREATE POLICY gone ON lab_notes FOR DELETE TO authenticated
    USING ((SELECT d.owner FROM lab_docs d WHERE d.id = doc_id) = auth.uid());
CREATE POLICY of_groups ON lab_loose FOR ALL TO authenticated
    USING (EXISTS (SELECT 1 FROM lab_docs d WHERE d.id = lab_loose.doc_id AND d.organization_id IN (SELECT g.organization_id FROM lab_groups g)));

-- By the order of a language, and by its letters.
CREATE POLICY own ON lab_words FOR ALL TO authenticated USING (organization_id = auth.organization_id()) WITH CHECK (organization_id = auth.organization_id() AND word <> 'z');
CREATE POLICY early ON lab_words AS RESTRICTIVE FOR SELECT TO authenticated USING (word < 'm' OR other ILIKE '%STRASSE%' OR plain COLLATE "sv-x-icu" > 'z');
CREATE POLICY superadmins ON lab_words FOR ALL TO authenticated USING (auth.is_super_admin());
