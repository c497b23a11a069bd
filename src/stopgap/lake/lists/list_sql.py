"""SQL over the state of the lists: entries in force, their counts and hashes.

The queries read ``listed_state`` (:data:`stopgap.lake.views.STATE_SQL`). ``$on`` is the requested day, or NULL: then
an entry is excluded only if it was delisted up to the day of its list. ``$lists`` are names of lists, or NULL for all.
``$context`` includes entities that lists mention without listing them.
"""

from __future__ import annotations

_CHOSEN = "($lists::VARCHAR[] IS NULL OR list_contains($lists::VARCHAR[], list))"

_IN_FORCE = """
    count(*) FILTER (property = 'name') > 0
    AND ($context OR count(*) FILTER (property = 'context') = 0)
    AND coalesce(max(value) FILTER (property = 'delisted_on') > coalesce($on::VARCHAR, any_value(state_day)::VARCHAR), true)
    AND ($on::VARCHAR IS NULL OR coalesce(min(value) FILTER (property = 'listed_on') <= $on::VARCHAR, NOT any_value(is_later)))
"""
"""Aggregate condition: whether an entry, grouped by list and id, is in force."""

LIST_COUNTS_SQL = f"""
    WITH entries AS (
        SELECT family, list, entity_id,
            count(*) FILTER (property = 'listed_on' AND value IS NOT NULL) = 0 AS is_undated, {_IN_FORCE} AS stands
        FROM listed_state WHERE {_CHOSEN} GROUP BY family, list, entity_id
    )
    SELECT family, list, count(*) FILTER (stands), count(*) FILTER (stands AND is_undated)
    FROM entries GROUP BY family, list ORDER BY list
"""
"""(family, list, entries in force, those of them without a day of listing); one row per list."""

ENTITIES_SQL = f"""
    SELECT list, entity_id, any_value(state_date), arg_max(schema, (step, -place, schema)), arg_min(receipt, (-step, place, receipt)),
        list(property ORDER BY place, property, value), list(value ORDER BY place, property, value),
        list(detail ORDER BY place, property, value)
    FROM listed_state
    WHERE {_CHOSEN} AND ($ids::VARCHAR[] IS NULL OR list_contains($ids::VARCHAR[], entity_id))
        AND property <> 'removed' AND ($remarks OR property <> 'remark')
    GROUP BY list, entity_id HAVING {_IN_FORCE}
    ORDER BY list, entity_id
"""
"""One row per entry: list, id, day, schema, receipt, and its facts as three arrays of equal length.

``$remarks`` includes remarks, which are most of the text of a list.
"""

TOUCHED_SQL = """
    SELECT DISTINCT list || chr(31) || entity_id FROM listed_fact_rows
    WHERE entity_id IS NOT NULL AND (
        list_contains($editions::VARCHAR[], family || chr(31) || vintage)
        OR (
            list_contains($families::VARCHAR[], family) AND property IN ('listed_on', 'delisted_on')
            AND value BETWEEN $first AND $last
        )
    )
"""
"""Entries, as list and id, that occur in given editions (family and vintage), or were (de)listed between two days."""

HASHES_SQL = f"""
    SELECT list, entity_id, format('{{:016x}}', bit_xor(DISTINCT md5_number_lower(concat_ws(
        chr(31), coalesce(schema, chr(30)), property, coalesce(value, chr(30)), coalesce(detail, chr(30))
    ))))
    FROM listed_state
    WHERE {_CHOSEN} AND list_contains($families::VARCHAR[], family)
        AND ($touched::VARCHAR[] IS NULL OR list || chr(31) || entity_id IN (SELECT unnest($touched::VARCHAR[])))
    GROUP BY list, entity_id HAVING {_IN_FORCE}
"""
"""Rows of (list, entity_id, hash of the facts of the entry, independent of their order), for ``$families``."""
