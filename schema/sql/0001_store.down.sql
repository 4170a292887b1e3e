DROP TABLE current_view;
