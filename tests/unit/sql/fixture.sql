-- The tables that expressions.tsv speaks of; read by the tests through our own parser, and by a real PostgreSQL.
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');

CREATE TABLE t (
    b boolean, i2 smallint, i4 integer, i8 bigint, f4 real, f8 double precision, n numeric, n2 numeric(10,2),
    s text, v varchar(20), m mood, by bytea, u uuid, tz timestamptz, ts timestamp, d date, iv interval,
    j jsonb, ip inet, ia integer[], ta text[], "Odd Name" text,
    sd text COLLATE "de-x-icu", ss varchar(20) COLLATE "sv-x-icu", sc text COLLATE "C", st text COLLATE "tr-x-icu", sa text[] COLLATE "de-x-icu",
    nb boolean, ni integer, nn numeric, nt text, nj jsonb, ntz timestamptz, nia integer[]
);
INSERT INTO t (b, i2, i4, i8, f4, f8, n, n2, s, v, m, by, u, tz, ts, d, iv, j, ip, ia, ta, "Odd Name", sd, ss, sc, st, sa) VALUES (
    true, 7, 42, 9000000000, 1.5, 2.25, 12345.6789, 99.90,
    'Hello, Wörld', 'varying', 'ok', '\xdeadbeef', '11111111-2222-3333-4444-555555555555',
    '2025-03-31 13:45:30.123456+00', '2024-02-29 23:59:59', '2024-12-30', '1 year 2 mons 3 days 04:05:06.789',
    '{"name": "Ada", "age": 36, "tags": ["x", "y", 3], "deep": {"a": {"b": null}}, "f": 1.50, "t": true}',
    '192.168.1.0/24', '{1,2,3,NULL}', '{a,"b c",NULL,d}', 'odd',
    'Äpfel Straße', 'Ähre', 'Ärger', 'İstanbul ısı', '{Zug,äpfel}'
);

CREATE TABLE people (id integer, org integer, name text, role text, score numeric, boss integer);
INSERT INTO people (id, org, name, role, score, boss) VALUES
    (1, 42, 'ann', 'admin', 1.5, NULL), (2, 42, 'bob', 'member', 2.50, 1), (3, 7, 'cid', 'admin', NULL, 1), (4, NULL, 'dan', NULL, 4, 3);

CREATE TABLE empty (id integer, name text);
