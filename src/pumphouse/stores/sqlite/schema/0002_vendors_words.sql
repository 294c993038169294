-- What the vendor itself calls things, for whoever has to speak as the vendor does.
ALTER TABLE devices ADD COLUMN system TEXT;
ALTER TABLE points ADD COLUMN vendor_unit TEXT;
