"""SQL over the state of the lists: entries in force, their counts and hashes.

Over ``listed_state`` (:data:`stopgap.lake.views.STATE_SQL`). ``$on`` is the day asked for, or NULL: then
an entry is left out only where it was taken off up to the day of its list. ``$lists`` are names, or NULL.
``$context`` lets in what lists tell of without listing it.
"""

from __future__ import annotations

_CHOSEN = "($lists::VARCHAR[] IS NULL OR list_contains($lists::VARCHAR[], list))"

_IN_FORCE = """
    count(*) FILTER (property = 'name') > 0
    AND ($context OR count(*) FILTER (property = 'context') = 0)
    AND coalesce(max(value) FILTER (property = 'delisted_on') > coalesce($on::VARCHAR, any_value(state_day)::VARCHAR), true)
    AND ($on::VARCHAR IS NULL OR coalesce(min(value) FILTER (property = 'listed_on') <= $on::VARCHAR, NOT any_value(is_later)))
"""
"""Whether an entry, grouped by list and id, is in force."""

LIST_COUNTS_SQL = f"""
    WITH entries AS (
        SELECT family, list, entity_id,
            count(*) FILTER (property = 'listed_on' AND value IS NOT NULL) = 0 AS is_undated, {_IN_FORCE} AS stands
        FROM listed_state WHERE {_CHOSEN} GROUP BY family, list, entity_id
    )
    SELECT family, list, count(*) FILTER (stands), count(*) FILTER (stands AND is_undated)
    FROM entries GROUP BY family, list ORDER BY list
"""
"""(family, list, entries in force, those of them without a day of listing)."""

ENTITIES_SQL = f"""
    WITH distinct_facts AS (
        SELECT list, entity_id, property, value, detail, max(step) AS step, min(place) AS place,
            any_value(state_date) AS state_date, any_value(state_day) AS state_day, any_value(is_later) AS is_later,
            arg_max(schema, step) AS schema, arg_max(receipt, step) AS receipt
        FROM listed_state
        WHERE {_CHOSEN} AND ($ids::VARCHAR[] IS NULL OR list_contains($ids::VARCHAR[], entity_id))
            AND property NOT IN ('remark', 'removed')
        GROUP BY list, entity_id, property, value, detail
    )
    SELECT list, entity_id, any_value(state_date), arg_max(schema, (step, -place)),
        list({{'value': value, 'property': property}} ORDER BY property <> 'name', place, property, value)
            FILTER (property IN ('name', 'alias', 'previous_name', 'weak_alias')),
        list(DISTINCT value ORDER BY value) FILTER (property = 'country' AND value IS NOT NULL),
        list(value ORDER BY place, value) FILTER (property = 'address'),
        list({{'value': value, 'detail': detail}} ORDER BY place, value) FILTER (property = 'identifier'),
        list(DISTINCT value ORDER BY value) FILTER (property = 'programme'),
        min(value) FILTER (property = 'listed_on'),
        max(value) FILTER (property = 'delisted_on'),
        arg_min(receipt, (-step, place))
    FROM distinct_facts
    GROUP BY list, entity_id HAVING {_IN_FORCE}
    ORDER BY list, entity_id
"""
"""Fields of :class:`stopgap.screening.entities.ListedEntity`, one row an entry."""

HASHES_SQL = f"""
    WITH distinct_facts AS (
        SELECT DISTINCT list, entity_id, schema, property, value, detail, state_day, is_later FROM listed_state
        WHERE {_CHOSEN} AND list_contains($families::VARCHAR[], family)
    )
    SELECT list, entity_id, md5(string_agg(
        concat_ws(chr(31), schema, property, coalesce(value, chr(30)), coalesce(detail, chr(30))), chr(29)
        ORDER BY property, value, detail, schema
    ))
    FROM distinct_facts GROUP BY list, entity_id HAVING {_IN_FORCE}
"""
"""(list, entity_id, hash of what the list says of it), for the families of ``$families``."""
