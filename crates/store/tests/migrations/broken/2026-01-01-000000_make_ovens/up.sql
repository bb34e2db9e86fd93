CREATE TABLE ovens (id int PRIMARY KEY); CREATE TABLE ovens (id int);
