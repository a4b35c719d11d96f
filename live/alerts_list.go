package live

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// AlertsFile is where the alerts of a state are too, one a line. The journal is what
// counts: the file is written anew from it.
const AlertsFile = "alerts.jsonl"

// write writes the file of alerts anew.
func (a *Alerts) write() error {
	var b strings.Builder
	for _, alert := range a.list {
		line, err := json.Marshal(alert)
		if err != nil {
			return err
		}
		b.Write(append(line, '\n'))
	}
	path := filepath.Join(a.journal.dir, AlertsFile)
	if old, err := os.ReadFile(path); err == nil && string(old) == b.String() {
		return nil
	}
	return errors.Join(os.WriteFile(path+unfinished, []byte(b.String()), 0o666), os.Rename(path+unfinished, path))
}

func (a *Alerts) keep(alert Alert) {
	a.place[alert.ID] = len(a.list)
	a.list = append(a.list, alert)
	for _, name := range alert.Raters {
		a.ofRater[name] = append(a.ofRater[name], alert.ID)
	}
	for _, t := range alert.Items {
		a.ofItem[t.Item] = append(a.ofItem[t.Item], alert.ID)
	}
}

// publish puts an alert in the outbox, and then tells it.
func (a *Alerts) publish(ctx context.Context, r *Recorder, alert Alert) error {
	line, err := json.Marshal(ownLine{Alert: &alert})
	if err != nil {
		return err
	}
	if err := r.Record(ctx, ownSource, append(line, '\n')); err != nil {
		if ctx.Err() != nil { // it is found again by who goes on
			return nil
		}
		return err
	}
	a.mu.Lock()
	a.keep(alert)
	for _, name := range alert.Raters {
		a.before[name] = int32(len(a.list))
	}
	err = a.write()
	close(a.changed)
	a.changed = make(chan struct{})
	a.mu.Unlock()
	a.told(alert)
	return err
}

// List returns the alerts after one, or all, and a channel that closes when there are more.
func (a *Alerts) List(after string) ([]Alert, <-chan struct{}) {
	a.mu.Lock()
	defer a.mu.Unlock()
	from := 0
	if at, known := a.place[after]; known {
		from = at + 1
	}
	return slices.Clone(a.list[from:]), a.changed
}

// Alert returns an alert by its ID.
func (a *Alerts) Alert(id string) (Alert, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	at, known := a.place[id]
	if !known {
		return Alert{}, false
	}
	return a.list[at], true
}

// OfRater and OfItem are the IDs of the alerts that name one.
func (a *Alerts) OfRater(name string) []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.ofRater[name]
}

// OfItem is as OfRater.
func (a *Alerts) OfItem(name string) []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.ofItem[name]
}
