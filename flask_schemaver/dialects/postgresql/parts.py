"""What hangs on a table of PostgreSQL, as questions to the catalogue.

Each question takes the table's `oid`; names and definitions come back as they are written in
statements. https://www.postgresql.org/docs/current/catalogs.html
"""

from __future__ import annotations

TABLE = """
    SELECT c.oid, c.relpersistence = 'u' AS unlogged, m.amname AS method,
        quote_ident(s.spcname) AS tablespace, c.relreplident AS replica,
        c.relrowsecurity AS row_security, c.relforcerowsecurity AS forced,
        c.relacl IS NOT NULL AS granted,
        CASE WHEN pg_get_userbyid(c.relowner) <> current_user
            THEN quote_ident(pg_get_userbyid(c.relowner)) END AS owner,
        concat_ws(', ', array_to_string(c.reloptions, ', '), (
            SELECT string_agg('toast.' || o, ', ') FROM pg_class t, unnest(t.reloptions) o
            WHERE t.oid = c.reltoastrelid)) AS options,
        CASE WHEN c.relkind = 'p' OR c.relispartition THEN 'its partitioning'
            WHEN c.relkind <> 'r' THEN 'what it is: no plain table'
            WHEN c.relpersistence = 't' THEN 'what it is: a temporary table'
            WHEN c.reloftype <> 0 THEN 'the type that it is made of'
            WHEN EXISTS (SELECT FROM pg_inherits WHERE c.oid IN (inhrelid, inhparent))
            THEN 'its inheritance' END AS special
    FROM pg_class c
    LEFT JOIN pg_am m ON m.oid = c.relam
    LEFT JOIN pg_tablespace s ON s.oid = c.reltablespace
    WHERE c.oid = CAST(:place AS regclass)
"""

# Since PostgreSQL 18 NOT NULL is a constraint with a name, and is among CONSTRAINTS.
COLUMNS = """
    SELECT a.attname AS name, quote_ident(a.attname) AS quoted,
        format_type(a.atttypid, a.atttypmod) AS type,
        CASE WHEN a.attcollation NOT IN (0, t.typcollation)
            THEN quote_ident(n.nspname) || '.' || quote_ident(l.collname) END AS collation,
        a.attnotnull AND NOT EXISTS (
            SELECT FROM pg_constraint k WHERE k.conrelid = a.attrelid AND k.contype = 'n'
            AND k.conkey = ARRAY[a.attnum]) AS inline_not_null,
        a.attgenerated AS generated, pg_get_expr(d.adbin, d.adrelid) AS default,
        CASE WHEN a.attstorage <> t.typstorage THEN CASE a.attstorage
            WHEN 'p' THEN 'PLAIN' WHEN 'e' THEN 'EXTERNAL' WHEN 'm' THEN 'MAIN'
            WHEN 'x' THEN 'EXTENDED' END END AS storage,
        CASE a.attcompression WHEN 'p' THEN 'pglz' WHEN 'l' THEN 'lz4' END AS compression,
        coalesce(a.attstattarget, -1) AS target, array_to_string(a.attoptions, ', ') AS options
    FROM pg_attribute a
    JOIN pg_type t ON t.oid = a.atttypid
    LEFT JOIN pg_collation l ON l.oid = a.attcollation
    LEFT JOIN pg_namespace n ON n.oid = l.collnamespace
    LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE a.attrelid = :oid AND a.attnum > 0 AND NOT a.attisdropped
    ORDER BY a.attnum
"""

# Keys that others refer to come first, and what refers last.
CONSTRAINTS = """
    SELECT quote_ident(k.conname) AS name, pg_get_constraintdef(k.oid) AS definition
    FROM pg_constraint k
    WHERE k.conrelid = :oid AND k.contype IN ('p', 'u', 'x', 'c', 'n', 'f')
    ORDER BY position(k.contype::text IN 'npuxcf'), k.oid
"""

INCOMING = """
    SELECT k.conrelid::regclass::text AS place, quote_ident(k.conname) AS name,
        pg_get_constraintdef(k.oid) AS definition
    FROM pg_constraint k
    WHERE k.confrelid = :oid AND k.conrelid <> :oid AND k.contype = 'f' AND k.conparentid = 0
    ORDER BY k.oid
"""

INDEXES = """
    SELECT quote_ident(i.relname) AS name, x.indisclustered AS clustered,
        x.indisreplident AS identifies,
        CASE WHEN k.oid IS NULL THEN pg_get_indexdef(i.oid) END AS definition
    FROM pg_index x
    JOIN pg_class i ON i.oid = x.indexrelid
    LEFT JOIN pg_constraint k ON k.conindid = i.oid AND k.contype IN ('p', 'u', 'x')
    WHERE x.indrelid = :oid
    ORDER BY i.oid
"""

STATISTICS = """
    SELECT pg_get_statisticsobjdef(oid) AS definition FROM pg_statistic_ext WHERE stxrelid = :oid
    ORDER BY oid
"""

TRIGGERS = """
    SELECT quote_ident(tgname) AS name, pg_get_triggerdef(oid) AS definition, tgenabled AS enabled
    FROM pg_trigger WHERE tgrelid = :oid AND NOT tgisinternal
    ORDER BY oid
"""

OWNED = """
    SELECT s.oid::regclass::text AS name, quote_ident(a.attname) AS quoted
    FROM pg_depend d
    JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S'
    JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
    WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass
        AND d.refobjid = :oid AND d.deptype = 'a'
    ORDER BY s.oid
"""

IDENTITIES = """
    SELECT quote_ident(a.attname) AS quoted, a.attidentity AS kind,
        q.seqrelid::regclass::text AS sequence,
        format('START WITH %s INCREMENT BY %s MINVALUE %s MAXVALUE %s CACHE %s %s', q.seqstart,
            q.seqincrement, q.seqmin, q.seqmax, q.seqcache,
            CASE WHEN q.seqcycle THEN 'CYCLE' ELSE 'NO CYCLE' END) AS options
    FROM pg_attribute a
    JOIN pg_depend d ON d.refobjid = a.attrelid AND d.refobjsubid = a.attnum
        AND d.refclassid = 'pg_class'::regclass AND d.classid = 'pg_class'::regclass
        AND d.deptype = 'i'
    JOIN pg_sequence q ON q.seqrelid = d.objid
    WHERE a.attrelid = :oid AND a.attidentity <> ''
"""

POLICIES = """
    SELECT quote_ident(p.polname) AS name,
        CASE WHEN p.polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END AS manner,
        CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE'
            WHEN 'd' THEN 'DELETE' ELSE 'ALL' END AS command,
        (SELECT string_agg(CASE r WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(r)) END,
            ', ') FROM unnest(p.polroles) r) AS roles,
        pg_get_expr(p.polqual, p.polrelid) AS using,
        pg_get_expr(p.polwithcheck, p.polrelid) AS checking
    FROM pg_policy p WHERE p.polrelid = :oid ORDER BY p.oid
"""

COMMENTS = """
    WITH t AS (SELECT CAST(CAST(:oid AS bigint) AS oid) AS oid, CAST(:place AS text) AS place)
    SELECT o.target, d.description AS text
    FROM pg_description d
    JOIN (
        SELECT 'pg_class'::regclass AS class, t.oid, 0 AS part, 'TABLE ' || place AS target FROM t
        UNION ALL SELECT 'pg_class'::regclass, t.oid, a.attnum,
            'COLUMN ' || place || '.' || quote_ident(a.attname)
            FROM t JOIN pg_attribute a ON a.attrelid = t.oid
        UNION ALL SELECT 'pg_class'::regclass, x.indexrelid, 0,
            'INDEX ' || x.indexrelid::regclass::text
            FROM t JOIN pg_index x ON x.indrelid = t.oid
        UNION ALL SELECT 'pg_constraint'::regclass, k.oid, 0,
            'CONSTRAINT ' || quote_ident(k.conname) || ' ON ' || k.conrelid::regclass::text
            FROM t JOIN pg_constraint k ON t.oid IN (k.conrelid, k.confrelid)
        UNION ALL SELECT 'pg_trigger'::regclass, g.oid, 0,
            'TRIGGER ' || quote_ident(g.tgname) || ' ON ' || place
            FROM t JOIN pg_trigger g ON g.tgrelid = t.oid
        UNION ALL SELECT 'pg_policy'::regclass, p.oid, 0,
            'POLICY ' || quote_ident(p.polname) || ' ON ' || place
            FROM t JOIN pg_policy p ON p.polrelid = t.oid
    ) o ON d.classoid = o.class AND d.objoid = o.oid AND d.objsubid = o.part
"""

ACCESS = """
    SELECT coalesce(quote_ident(r.rolname), 'PUBLIC') AS grantee, x.privilege_type AS privilege,
        x.is_grantable AS grantable, g.quoted
    FROM (
        SELECT NULL AS quoted, relacl AS acl FROM pg_class WHERE oid = :oid
        UNION ALL SELECT quote_ident(attname), attacl FROM pg_attribute
            WHERE attrelid = :oid AND NOT attisdropped
    ) g
    CROSS JOIN LATERAL aclexplode(g.acl) x
    LEFT JOIN pg_roles r ON r.oid = x.grantee
"""

# Everything that depends on the table, or on its type, but for its own parts.
DEPENDENTS = """
    SELECT DISTINCT CASE WHEN d.classid = 'pg_rewrite'::regclass AND w.ev_class <> :oid
            THEN pg_describe_object('pg_class'::regclass, w.ev_class, 0)
            ELSE pg_describe_object(d.classid, d.objid, d.objsubid) END
    FROM pg_depend d
    JOIN pg_class c ON c.oid = :oid
    LEFT JOIN pg_type y ON y.oid = c.reltype
    LEFT JOIN pg_rewrite w ON d.classid = 'pg_rewrite'::regclass AND w.oid = d.objid
    WHERE d.deptype <> 'P' AND (
        d.refclassid = 'pg_class'::regclass AND d.refobjid = c.oid
        OR d.refclassid = 'pg_type'::regclass AND d.refobjid IN (c.reltype, y.typarray))
    AND NOT CASE d.classid
        WHEN 'pg_attrdef'::regclass THEN true
        WHEN 'pg_constraint'::regclass THEN EXISTS (
            SELECT FROM pg_constraint WHERE oid = d.objid AND :oid IN (conrelid, confrelid))
        WHEN 'pg_class'::regclass THEN d.objid = :oid OR EXISTS (
            SELECT FROM pg_class WHERE oid = d.objid AND relkind IN ('i', 'S', 't'))
        WHEN 'pg_trigger'::regclass THEN EXISTS (
            SELECT FROM pg_trigger WHERE oid = d.objid AND tgrelid = :oid)
        WHEN 'pg_policy'::regclass THEN EXISTS (
            SELECT FROM pg_policy WHERE oid = d.objid AND polrelid = :oid)
        WHEN 'pg_statistic_ext'::regclass THEN EXISTS (
            SELECT FROM pg_statistic_ext WHERE oid = d.objid AND stxrelid = :oid)
        WHEN 'pg_type'::regclass THEN d.objid IN (c.reltype, y.typarray)
        ELSE false END
    ORDER BY 1
"""
