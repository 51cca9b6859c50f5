-- Who answered a thought: what an outcome is credited to.
-- Written by: the execution API, as before.

-- As `provider/model`; NULL for tools, and for thoughts that nobody answered or that were recorded before this column.
ALTER TABLE steps ADD COLUMN model TEXT;
