DROP TABLE commands, outbox;
DROP FUNCTION outbox_told();
DROP TABLE order_duplicates, order_keys, order_history, order_items, orders;
