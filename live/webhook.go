package live

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// A Webhook tells a program of alerts, in the form of standardwebhooks.com: a POST of
// {"type":"alert","timestamp":...,"data":{...}}, signed. Each alert is sent until it is taken, one after
// the other; webhook-id is the alert's ID and stays, so that who gets one twice can tell. What was taken is in
// the journal.
type Webhook struct {
	URL     string
	Secret  []byte                    // to sign with
	Private bool                      // whether the address may be of this machine or a private network
	Trouble func(error)               // told of what fails for the first time, and with nil when it goes on; may be nil
	wait    func(n int) time.Duration // before the n-th attempt, from 1 on
}

const webhookTimeout = 15 * time.Second

// ParseSecret reads a secret as standard webhooks write it: whsec_ and base64, of 24
// to 64 bytes.
func ParseSecret(text string) ([]byte, error) {
	secret, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(strings.TrimSpace(text), "whsec_"))
	if err != nil || len(secret) < 24 || len(secret) > 64 {
		return nil, errors.New("a secret is whsec_ and 24 to 64 bytes in base64, as of: echo whsec_$(head -c 32 " +
			"/dev/urandom | base64)")
	}
	return secret, nil
}

// NewWebhook returns a webhook to an address, which must be https unless private ones
// are allowed.
func NewWebhook(address string, secret []byte, private bool) (*Webhook, error) {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		return nil, fmt.Errorf("%q is no address; want one such as https://example.org/alerts", address)
	case u.User != nil:
		return nil, errors.New("an address has no name and password in it; requests are signed")
	case u.Scheme == "http" && !private:
		return nil, fmt.Errorf("%s is not https, which alerts need on their way to others; for a program of your own "+
			"network see --webhook-private", address)
	}
	return &Webhook{URL: address, Secret: secret, Private: private, wait: backoff}, nil
}

// backoff waits from five seconds on, twice as long each time, up to an hour.
func backoff(n int) time.Duration { return min(5*time.Second<<min(n-1, 10), time.Hour) }

// Run sends alerts as they come until ctx ends.
func (h *Webhook) Run(ctx context.Context, a *Alerts, r *Recorder) error {
	own, err := a.journal.own()
	if err != nil {
		return err
	}
	last := ""
	for _, line := range own {
		if line.Sent != nil && line.Sent.To == h.URL {
			last = line.Sent.Alert
		}
	}
	client := h.client()
	for {
		list, more := a.List(last)
		for _, x := range list {
			if !h.deliver(ctx, client, x) {
				return nil
			}
			line, err := json.Marshal(ownLine{Sent: &sent{h.URL, x.ID}})
			if err != nil {
				return err
			}
			if err := r.Record(ctx, ownSource, append(line, '\n')); err != nil {
				if ctx.Err() != nil {
					return nil
				}
				return err
			}
			last = x.ID
		}
		select {
		case <-ctx.Done():
			return nil
		case <-more:
		}
	}
}

// A sent is an alert that a webhook took.
type sent struct {
	To    string `json:"to"`
	Alert string `json:"alert"`
}

// deliver sends an alert until it is taken; false where ctx ended.
func (h *Webhook) deliver(ctx context.Context, client *http.Client, x Alert) bool {
	for n := 1; ; n++ {
		err := h.send(ctx, client, x)
		if h.Trouble != nil && ctx.Err() == nil && (n == 1) == (err != nil) {
			h.Trouble(err)
		}
		if err == nil {
			return true
		}
		select {
		case <-ctx.Done():
			return false
		case <-time.After(h.wait(n)):
		}
	}
}

func (h *Webhook) send(ctx context.Context, client *http.Client, x Alert) error {
	now := time.Now()
	body, err := json.Marshal(map[string]any{"type": "alert", "timestamp": now.UTC().Format(time.RFC3339), "data": x})
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, h.URL, bytes.NewReader(body))
	if err != nil {
		return err
	}
	at := strconv.FormatInt(now.Unix(), 10)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "ringwatch")
	r.Header.Set("webhook-id", x.ID)
	r.Header.Set("webhook-timestamp", at)
	r.Header.Set("webhook-signature", sign(h.Secret, x.ID, at, body))
	answer, err := client.Do(r)
	if err != nil {
		var outer *url.Error
		if errors.As(err, &outer) {
			err = outer.Err
		}
		return fmt.Errorf("%s: %w", h.URL, err)
	}
	defer answer.Body.Close()
	io.Copy(io.Discard, io.LimitReader(answer.Body, 1<<16))
	if answer.StatusCode < 200 || answer.StatusCode > 299 {
		return fmt.Errorf("%s: answers %s", h.URL, answer.Status)
	}
	return nil
}

func sign(secret []byte, id, at string, body []byte) string {
	mac := hmac.New(sha256.New, secret)
	fmt.Fprintf(mac, "%s.%s.%s", id, at, body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// client follows no redirect, asks no proxy, and reaches no private address unless that is allowed: it is the
// address that is connected to which is looked at, and not what a name said before.
func (h *Webhook) client() *http.Client {
	dial := &net.Dialer{Timeout: webhookTimeout, Control: func(_, address string, _ syscall.RawConn) error {
		at, err := netip.ParseAddrPort(address)
		if err != nil {
			return err
		}
		if ip := at.Addr().Unmap(); !h.Private && !public(ip) {
			return fmt.Errorf("%s is no public address; see --webhook-private", ip)
		}
		return nil
	}}
	return &http.Client{Timeout: webhookTimeout,
		Transport: &http.Transport{DialContext: dial.DialContext, TLSHandshakeTimeout: webhookTimeout, MaxIdleConns: 1,
			IdleConnTimeout: time.Minute},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// notPublic are ranges that net/netip does not know as private: shared address space,
// protocol assignments, tests, benchmarks, reserved, and what wraps IPv4.
var notPublic = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("192.0.2.0/24"),
	netip.MustParsePrefix("198.18.0.0/15"), netip.MustParsePrefix("198.51.100.0/24"),
	netip.MustParsePrefix("203.0.113.0/24"), netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("64:ff9b::/96"), netip.MustParsePrefix("64:ff9b:1::/48"),
	netip.MustParsePrefix("2001:db8::/32"), netip.MustParsePrefix("2002::/16"), netip.MustParsePrefix("2001::/32"),
}

func public(ip netip.Addr) bool {
	if !ip.IsGlobalUnicast() || ip.IsPrivate() {
		return false
	}
	for _, p := range notPublic {
		if p.Contains(ip) {
			return false
		}
	}
	return true
}
