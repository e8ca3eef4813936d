-- What the reference schema does not have: the other types, names that need quotes, a tree, two tables that refer to each other.

CREATE TYPE mood AS ENUM ('sad', 'so, so', 'it''s "fine"');

CREATE TABLE every_type (
    id              BIGSERIAL PRIMARY KEY,
    organization_id UUID REFERENCES organizations (id),
    a_text          TEXT,
    a_varchar       VARCHAR(12),
    a_small         SMALLINT,
    an_int          INTEGER,
    a_big           BIGINT,
    a_bool          BOOLEAN,
    a_numeric       NUMERIC,
    a_money         NUMERIC(12, 3),
    a_real          REAL,
    a_double        DOUBLE PRECISION,
    a_uuid          UUID,
    a_timestamptz   TIMESTAMPTZ,
    a_timestamp     TIMESTAMP,
    a_date          DATE,
    an_interval     INTERVAL,
    a_jsonb         JSONB,
    a_json          JSON,
    a_bytea         BYTEA,
    an_inet         INET,
    a_mood          mood,
    next            INTEGER GENERATED ALWAYS AS (a_small + 1) STORED,
    updated_at      TIMESTAMPTZ DEFAULT now(),
    defaulted       TEXT DEFAULT 'by default',
    a_german        TEXT COLLATE "de-x-icu",
    a_byte_wise     VARCHAR(30) COLLATE "C"
);
CREATE INDEX every_type_german ON every_type (a_german DESC, id);
CREATE UNIQUE INDEX every_type_swedish ON every_type (a_german COLLATE "sv-x-icu", a_byte_wise COLLATE "und-x-icu" DESC, id) WHERE a_text < 'z' COLLATE "tr-x-icu";

CREATE TABLE "every Array" (
    "the Id"  SERIAL PRIMARY KEY,
    texts     TEXT[],
    words     TEXT[] COLLATE "und-x-icu",
    ints      INTEGER[],
    bools     BOOLEAN[],
    numerics  NUMERIC[],
    doubles   DOUBLE PRECISION[],
    times     TIMESTAMPTZ[],
    dates     DATE[],
    intervals INTERVAL[],
    uuids     UUID[],
    byteas    BYTEA[],
    inets     INET[],
    moods     mood[]
);

CREATE TABLE trees (
    id INTEGER PRIMARY KEY,
    up INTEGER REFERENCES trees (id)
);

CREATE TABLE firsts (
    id     INTEGER PRIMARY KEY,
    second INTEGER
);
CREATE TABLE seconds (
    id    INTEGER PRIMARY KEY,
    first INTEGER REFERENCES firsts (id)
);

-- Views: of one table, of a join, of groups that stand on a primary key, over a view; and one that was replaced by what reads a later one.
CREATE VIEW live_contacts AS SELECT * FROM contacts WHERE email IS NOT NULL;
CREATE VIEW "deals of Contacts" (contact, "a Number", total) AS
    SELECT c.id, count(o.id), sum(o.amount) FROM contacts c LEFT JOIN opportunities o ON o.contact_id = c.id GROUP BY c.id;
CREATE VIEW named_deals AS SELECT l.name, d."a Number" AS deals FROM live_contacts l JOIN "deals of Contacts" d ON d.contact = l.id;
CREATE VIEW moods AS SELECT id, 'sad'::mood AS feels FROM every_type;
CREATE VIEW later_moods AS SELECT DISTINCT a_mood FROM every_type;
CREATE OR REPLACE VIEW moods AS SELECT e.id, e.a_mood AS feels, l.a_mood AS same FROM every_type e JOIN later_moods l ON l.a_mood = e.a_mood;
COMMENT ON VIEW live_contacts IS 'who can be written to';
COMMENT ON COLUMN named_deals.deals IS 'how many';
GRANT SELECT ON live_contacts TO authenticated;
ALTER TABLE firsts ADD CONSTRAINT firsts_second_fkey FOREIGN KEY (second) REFERENCES seconds (id);
