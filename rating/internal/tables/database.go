package tables

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"modernc.org/sqlite"
)

const longestCell = 16 << 20 // bytes

// Database returns the tables of an SQLite file, and those views that wanted
// names. The file is not written to; what is still in a log beside it counts.
// Close ends all.
func Database(ctx context.Context, path, wanted string) (tables []Table, release func() error, err error) {
	defer caught(&err)
	path, err = filepath.Abs(path)
	if err != nil {
		return nil, nil, err
	}
	mode := "mode=ro&immutable=1"
	if log, err := os.Stat(path + "-wal"); err == nil && log.Size() > 0 {
		mode = "mode=ro"
	}
	dsn := url.URL{Scheme: "file", OmitHost: true, Path: filepath.ToSlash(path),
		RawQuery: mode + "&_pragma=trusted_schema(0)&_pragma=query_only(1)"}
	db, err := sql.Open("sqlite", dsn.String())
	if err != nil {
		return nil, nil, err
	}
	db.SetMaxOpenConns(1)
	conn, err := db.Conn(ctx)
	if err == nil {
		const length = 0 // SQLITE_LIMIT_LENGTH
		_, err = sqlite.Limit(conn, length, longestCell)
	}
	if err != nil {
		db.Close()
		return nil, nil, short(err)
	}
	release = func() error {
		conn.Close()
		return db.Close()
	}
	names, err := conn.QueryContext(ctx, `SELECT name, type FROM sqlite_schema WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\_%' ESCAPE '\' AND coalesce(sql, '') NOT LIKE 'CREATE VIRTUAL%' ORDER BY name`)
	if err != nil {
		release()
		return nil, nil, short(err)
	}
	defer names.Close()
	for names.Next() {
		var name, kind string
		if err := names.Scan(&name, &kind); err != nil {
			release()
			return nil, nil, short(err)
		}
		if kind == "table" || name == wanted {
			tables = append(tables, Table{name, func() (*Rows, error) { return selected(ctx, conn, name) }})
		}
	}
	if err := names.Err(); err != nil {
		release()
		return nil, nil, short(err)
	}
	return tables, release, nil
}

// short is what SQLite says, without the number of its code.
func short(err error) error {
	s, _, _ := strings.Cut(err.Error(), " (")
	return fmt.Errorf("%s", strings.ReplaceAll(s, "\n", " "))
}

func selected(ctx context.Context, conn *sql.Conn, name string) (r *Rows, err error) {
	defer caught(&err)
	found, err := conn.QueryContext(ctx, `SELECT * FROM "`+strings.ReplaceAll(name, `"`, `""`)+`"`)
	if err != nil {
		return nil, short(err)
	}
	columns, err := found.Columns()
	if err != nil {
		found.Close()
		return nil, short(err)
	}
	values, to, row := make([]any, len(columns)), make([]any, len(columns)), make([]string, len(columns))
	for i := range values {
		to[i] = &values[i]
	}
	first := true
	return &Rows{Close: found.Close, Next: func() ([]string, error) {
		if first {
			first = false
			return columns, nil
		}
		if !found.Next() {
			if err := found.Err(); err != nil {
				return nil, short(err)
			}
			return nil, io.EOF
		}
		if err := found.Scan(to...); err != nil {
			return nil, short(err)
		}
		for i, v := range values {
			row[i] = sqlText(v)
		}
		return row, nil
	}}, nil
}

func sqlText(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		return number(v)
	case bool:
		return strconv.FormatBool(v)
	case string:
		return v
	case []byte:
		return text(v)
	case time.Time:
		return moment(v)
	}
	return fmt.Sprint(v)
}
