DROP TABLE commands, outbox, audit, revisions, stops, prices, delivery_zones, branch_terms, set_options, set_components, sets,
    product_extras, product_ingredients, products, extras, sale_names, categories;
DROP FUNCTION outbox_told();
DROP FUNCTION refuse_change();
DROP DOMAIN kopecks;
