#!/bin/sh
# The kind of script that runs every night in many places. Read it: would you have noticed?
set -e
sqlite3 "$DATABASE" .dump | gzip -9 > "$SCRATCH/shop.sql.gz"
cp "$SCRATCH/shop.sql.gz" "$TARGET"
echo "Backup completed successfully."
