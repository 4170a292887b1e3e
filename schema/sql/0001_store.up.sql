-- scope: store
-- Which version of the view serves: one row, the n of schema daybook_v<n>.
CREATE TABLE current_view (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    version  bigint NOT NULL CHECK (version > 0)
);
