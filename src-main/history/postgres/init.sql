-- Plimsoll's history in PostgreSQL 15 or later, format 1.
--
-- Plimsoll runs this file itself, in one transaction, where the schema `plimsoll` is not there yet and it may make one. Where it
-- may not, an owner of the database runs it:
--
--   psql --single-transaction --file init.sql monitoring
--   GRANT USAGE ON SCHEMA plimsoll, ALL ON ALL TABLES, SEQUENCES AND FUNCTIONS IN SCHEMA plimsoll TO …
--
-- and makes that user the owner of plimsoll.sample, for the partition that every day gets.
--
-- Times are milliseconds since 1970, UTC. Days are counted from 1970 on, and begin at midnight UTC.

CREATE SCHEMA plimsoll;
SET LOCAL search_path = plimsoll;

CREATE TABLE format (version integer NOT NULL);
INSERT INTO format VALUES (1);

-- What all samples of one series have in common. `key` is the SHA-256 of all four as JSON: labels may be longer than an index
-- takes. `labels` is JSON with its names in order.
CREATE TABLE series (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  key bytea NOT NULL UNIQUE,
  host text NOT NULL,
  source text NOT NULL,
  metric text NOT NULL,
  labels text NOT NULL
);

-- One sample of each series and time; the first that came is the one that stays.
CREATE TABLE sample (
  series integer NOT NULL,
  at bigint NOT NULL,
  value double precision NOT NULL,
  PRIMARY KEY (series, at)
) PARTITION BY RANGE (at);

-- Each day near now has a partition, sample_2026_11_26; samples of other times are here.
CREATE TABLE sample_other PARTITION OF sample DEFAULT;

-- Every day of which something is kept.
CREATE TABLE day (
  day integer PRIMARY KEY,
  -- Grows with everything that is stored of the day after it was over.
  revision bigint NOT NULL DEFAULT 0,
  -- The revision that the roll-ups hold; null before they were made.
  rolled_revision bigint,
  -- Whether samples, and roll-ups of minutes and of hours, are still there.
  samples boolean NOT NULL DEFAULT true,
  -- Whether samples were forgotten: then only the roll-ups know all, also where some came late.
  forgotten boolean NOT NULL DEFAULT false,
  minutes boolean NOT NULL DEFAULT false,
  hours boolean NOT NULL DEFAULT false
);

-- Roll-ups of one day of a series, in arrays: entry i of each belongs to slots[i], counted from midnight. Where every slot has one
-- sample, counts, mins and maxs are null: each is its average.
CREATE TABLE minutes (
  series integer NOT NULL,
  day integer NOT NULL,
  slots smallint[] NOT NULL,
  counts integer[],
  mins double precision[],
  avgs double precision[] NOT NULL,
  maxs double precision[],
  PRIMARY KEY (series, day)
);
CREATE INDEX minutes_day ON minutes (day);

CREATE TABLE hours (LIKE minutes INCLUDING ALL);

CREATE TABLE days (
  series integer NOT NULL,
  day integer NOT NULL,
  count integer NOT NULL,
  min double precision NOT NULL,
  avg double precision NOT NULL,
  max double precision NOT NULL,
  PRIMARY KEY (series, day)
);
CREATE INDEX days_day ON days (day);

-- What hubs that share this database know of hosts that send: where rules stand on them (track), alerts that are not over (alert), who
-- is told of these (delivery), and who they are (host), each as JSON. Hosts are divided into 64 shards. Of a shard only the hub writes
-- that holds its advisory lock, (1886153076, 1 + shard), on the connection that holds it; a new holder goes on with what is here.
-- Every hub may write which tags an owner gave a host (tags, by host) and when one was removed (gone, by host, milliseconds). Alerts that
-- are over (past, by the end in 15 digits and the id) and what was removed stay for a month, for hubs that were away. Changes of alert,
-- past, tags and gone are notified on the channel plimsoll_shared, as JSON of kind and key.
CREATE TABLE evaluation (
  kind text NOT NULL,
  key text NOT NULL,
  shard integer NOT NULL,
  alert text,
  body text NOT NULL,
  PRIMARY KEY (kind, key)
);
CREATE INDEX evaluation_shard ON evaluation (shard);
CREATE INDEX evaluation_alert ON evaluation (alert) WHERE alert IS NOT NULL;

-- What a hub stored of a host that another one evaluates, as JSON, for that one.
CREATE TABLE handover (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  shard integer NOT NULL,
  body text NOT NULL
);
CREATE INDEX handover_shard ON handover (shard);

-- A sum of large doubles overflows, which would fail a whole day because of one sender: sums are made of values that are 2^64
-- times smaller. Those next to zero would underflow, and count as zero in a mean.
CREATE FUNCTION scaled(value double precision) RETURNS double precision IMMUTABLE PARALLEL SAFE LANGUAGE sql AS $$
  SELECT CASE WHEN abs(value) < 1e-280 THEN 0 ELSE value * 5.421010862427522e-20 END
$$;

-- The mean of `count` values whose scaled values have this sum. Rounding never carries it past the smallest or largest.
CREATE FUNCTION mean(sum double precision, count double precision, min double precision, max double precision)
RETURNS double precision IMMUTABLE PARALLEL SAFE LANGUAGE sql AS $$
  SELECT CASE WHEN min = max THEN min ELSE
    least(max, greatest(min, least(scaled(max), greatest(scaled(min), sum / count)) * 18446744073709551616)) END
$$;

-- Makes the partition of a day, and notes that there are samples of it.
CREATE FUNCTION begin_day(which integer, today integer) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  name text := 'sample_' || to_char(to_timestamp(which::bigint * 86400) AT TIME ZONE 'UTC', 'YYYY_MM_DD');
BEGIN
  -- Two hubs may begin the same day.
  PERFORM pg_advisory_xact_lock(1886153075, 1);
  IF which BETWEEN today - 40 AND today + 2 AND to_regclass('plimsoll.' || name) IS NULL THEN
    BEGIN
      -- Attaching, unlike making a partition at once, waits for nobody who reads the others.
      EXECUTE format('CREATE TABLE plimsoll.%I (LIKE plimsoll.sample INCLUDING ALL)', name);
      EXECUTE format('ALTER TABLE plimsoll.sample ATTACH PARTITION plimsoll.%I FOR VALUES FROM (%s) TO (%s)',
        name, which::bigint * 86400000, (which::bigint + 1) * 86400000);
    EXCEPTION WHEN check_violation THEN
      -- Samples of that day are in sample_other already: the clock was somewhere else when they came. There they stay.
      NULL;
    END;
  END IF;
  INSERT INTO plimsoll.day (day) VALUES (which) ON CONFLICT (day) DO UPDATE SET samples = true WHERE NOT day.samples;
END
$$;

-- Rolls up one day of the series from `first` to `last`. What is there of them already is replaced, as long as that was made of
-- fewer samples: after samples were forgotten, what comes late must not take the place of what was made of all.
CREATE FUNCTION roll_up(which integer, first integer, last integer) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  begins bigint := which::bigint * 86400000;
BEGIN
  CREATE TEMPORARY TABLE IF NOT EXISTS minute_of_day (
    series integer, slot smallint, count integer, min double precision, avg double precision, max double precision
  ) ON COMMIT DELETE ROWS;
  INSERT INTO minute_of_day
    SELECT series, slot, n, lowest, plimsoll.mean(total, n, lowest, highest), highest FROM (
      SELECT series, ((at - begins) / 60000)::smallint AS slot, count(*)::integer AS n, min(value) AS lowest,
             sum(plimsoll.scaled(value)) AS total, max(value) AS highest
      FROM plimsoll.sample
      WHERE series BETWEEN first AND last AND at >= begins AND at < begins + 86400000
      GROUP BY 1, 2) AS slots;

  INSERT INTO plimsoll.minutes AS kept
    SELECT series, which, array_agg(slot ORDER BY slot),
           CASE WHEN max(count) > 1 THEN array_agg(count ORDER BY slot) END,
           CASE WHEN max(count) > 1 THEN array_agg(min ORDER BY slot) END,
           array_agg(avg ORDER BY slot),
           CASE WHEN max(count) > 1 THEN array_agg(max ORDER BY slot) END
    FROM minute_of_day GROUP BY series
    ON CONFLICT (series, day) DO UPDATE SET slots = excluded.slots, counts = excluded.counts, mins = excluded.mins,
      avgs = excluded.avgs, maxs = excluded.maxs
    WHERE coalesce((SELECT sum(c) FROM unnest(kept.counts) AS c), cardinality(kept.slots))
       <= coalesce((SELECT sum(c) FROM unnest(excluded.counts) AS c), cardinality(excluded.slots));

  INSERT INTO plimsoll.hours AS kept
    SELECT series, which, array_agg(slot ORDER BY slot),
           CASE WHEN max(n) > 1 THEN array_agg(n ORDER BY slot) END,
           CASE WHEN max(n) > 1 THEN array_agg(lowest ORDER BY slot) END,
           array_agg(plimsoll.mean(total, n, lowest, highest) ORDER BY slot),
           CASE WHEN max(n) > 1 THEN array_agg(highest ORDER BY slot) END
    FROM (
      SELECT series, (slot / 60)::smallint AS slot, sum(count)::integer AS n, min(min) AS lowest,
             sum(plimsoll.scaled(avg) * count) AS total, max(max) AS highest
      FROM minute_of_day GROUP BY 1, 2) AS slots
    GROUP BY series
    ON CONFLICT (series, day) DO UPDATE SET slots = excluded.slots, counts = excluded.counts, mins = excluded.mins,
      avgs = excluded.avgs, maxs = excluded.maxs
    WHERE coalesce((SELECT sum(c) FROM unnest(kept.counts) AS c), cardinality(kept.slots))
       <= coalesce((SELECT sum(c) FROM unnest(excluded.counts) AS c), cardinality(excluded.slots));

  INSERT INTO plimsoll.days AS kept
    SELECT series, which, n, lowest, plimsoll.mean(total, n, lowest, highest), highest FROM (
      SELECT series, sum(count)::integer AS n, min(min) AS lowest, sum(plimsoll.scaled(avg) * count) AS total, max(max) AS highest
      FROM minute_of_day GROUP BY series) AS whole
    ON CONFLICT (series, day) DO UPDATE SET count = excluded.count, min = excluded.min, avg = excluded.avg, max = excluded.max
    WHERE kept.count <= excluded.count;
END
$$;

-- The newest day that retention may count from. A clock that was set far ahead must forget nothing: a day after a gap is believed
-- once the day after it has samples too.
CREATE FUNCTION trusted_day(today integer) RETURNS integer STABLE LANGUAGE sql AS $$
  SELECT least(today, coalesce(max(day.day) + 1, today)) FROM plimsoll.day
  WHERE day.day <= today AND (EXISTS (SELECT FROM plimsoll.day AS before WHERE before.day = day.day - 1)
    OR NOT EXISTS (SELECT FROM plimsoll.day AS before WHERE before.day < day.day))
$$;

-- Removes the samples of one day.
CREATE FUNCTION forget_samples(which integer) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  name text := 'sample_' || to_char(to_timestamp(which::bigint * 86400) AT TIME ZONE 'UTC', 'YYYY_MM_DD');
BEGIN
  PERFORM pg_advisory_xact_lock(1886153075, 1);
  IF to_regclass('plimsoll.' || name) IS NOT NULL THEN
    EXECUTE format('DROP TABLE plimsoll.%I', name);
  ELSE
    DELETE FROM plimsoll.sample_other WHERE at >= which::bigint * 86400000 AND at < (which::bigint + 1) * 86400000;
  END IF;
  UPDATE plimsoll.day SET samples = false, forgotten = true WHERE day = which;
END
$$;

-- Removes roll-ups that are older than these days.
CREATE FUNCTION forget_roll_ups(minutes_from integer, hours_from integer, days_from integer) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM plimsoll.minutes WHERE day < minutes_from;
  UPDATE plimsoll.day SET minutes = false WHERE day < minutes_from AND minutes;
  DELETE FROM plimsoll.hours WHERE day < hours_from;
  UPDATE plimsoll.day SET hours = false WHERE day < hours_from AND hours;
  DELETE FROM plimsoll.days WHERE day < days_from;
  DELETE FROM plimsoll.day WHERE day < days_from AND NOT samples;
END
$$;
