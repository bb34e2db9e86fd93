-- New orders with their keys and items, all in one trip.
-- An order is stored if it has no key or if its key belonged to nobody: what is bound here cannot be seen here, so
-- nothing else may be asked about keys.
WITH told AS (
    SELECT *
    FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)
        AS told (id, created_at, branch_id, display_id, business_date, channel, fulfilment, customer_id, phone,
                 total, discount, fee, final, menu_revision, slot_start, slot_end, visible_at, placed_by, record,
                 scope, key, fingerprint)
), bound AS (
    INSERT INTO order_keys (scope, key, order_id, fingerprint, created_at)
    SELECT scope, key, id, fingerprint, created_at FROM told WHERE key <> ''
    ON CONFLICT DO NOTHING
    RETURNING order_id
), fresh AS (
    INSERT INTO orders (id, created_at, branch_id, display_id, business_date, channel, fulfilment, customer_id, phone,
                        total, discount, fee, final, menu_revision, slot_start, slot_end, visible_at, placed_by,
                        record, status, version, shown)
    SELECT id, created_at, branch_id, display_id, business_date, channel, fulfilment, customer_id, phone,
           total, discount, fee, final, menu_revision, slot_start, slot_end, visible_at, placed_by,
           record, 'pending', 1, visible_at <= $23
    FROM told
    WHERE key = '' OR id IN (SELECT order_id FROM bound)
    ON CONFLICT DO NOTHING
    RETURNING id
), carried AS (
    INSERT INTO order_items (order_id, created_at, item_index, item_id, product_id, name, quantity, unit_price)
    SELECT * FROM unnest($24, $25, $26, $27, $28, $29, $30, $31)
        AS item (order_id, created_at, item_index, item_id, product_id, name, quantity, unit_price)
    WHERE item.order_id IN (SELECT id FROM fresh)
    ON CONFLICT DO NOTHING
)
SELECT id FROM fresh
