DROP TABLE ovens;
