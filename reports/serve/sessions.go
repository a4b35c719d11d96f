package serve

import (
	"context"
	"crypto/rand"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/ringwatch/ringwatch/reports/internal/page"
)

// Who has signed in stays so for a working day. An address that has not known
// the token waits longer each time, and after many tries is not heard for a while.
const (
	sessionLasts = 12 * time.Hour
	maxSessions  = 10_000
	failuresLast = 15 * time.Minute
	maxFailures  = 20
	maxAddresses = 10_000
)

// sessions are who signed in and who could not.
type sessions struct {
	mu     sync.Mutex
	until  map[string]time.Time // by what the browser keeps
	failed map[string]*failures // by network
}

type failures struct {
	n     int
	since time.Time
}

func newSessions() *sessions {
	return &sessions{until: map[string]time.Time{}, failed: map[string]*failures{}}
}

// begin returns what the browser keeps in the token's place, for one sign-in.
func (s *sessions) begin(now time.Time) string {
	id := rand.Text() + rand.Text()
	s.mu.Lock()
	defer s.mu.Unlock()
	for k, until := range s.until {
		if now.After(until) || len(s.until) >= maxSessions {
			delete(s.until, k)
		}
	}
	s.until[id] = now.Add(sessionLasts)
	return id
}

func (s *sessions) valid(id string, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return now.Before(s.until[id])
}

func (s *sessions) end(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.until, id)
}

// barred returns until when an address that has failed too often is not heard, or
// the zero time.
func (s *sessions) barred(address string, now time.Time) time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f := s.failed[networkOf(address)]; f != nil && f.n >= maxFailures && now.Before(f.since.Add(failuresLast)) {
		return f.since.Add(failuresLast)
	}
	return time.Time{}
}

// fail counts a failure, and returns how long the answer is to wait.
func (s *sessions) fail(address string, now time.Time) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	from := networkOf(address)
	f := s.failed[from]
	if f == nil || now.Sub(f.since) >= failuresLast {
		for k, old := range s.failed {
			if now.Sub(old.since) >= failuresLast || len(s.failed) >= maxAddresses {
				delete(s.failed, k)
			}
		}
		f = &failures{since: now}
		s.failed[from] = f
	}
	f.n++
	return 300 * time.Millisecond << min(f.n-1, 5)
}

// networkOf is what one visitor has of addresses: all 2^64 of an IPv6 network, and
// one of IPv4, behind whichever port.
func networkOf(address string) string {
	host := address
	if h, _, err := net.SplitHostPort(address); err == nil {
		host = h
	}
	ip, err := netip.ParseAddr(strings.Trim(host, "[]"))
	if err != nil {
		return address
	}
	if ip = ip.Unmap().WithZone(""); ip.Is4() {
		return ip.String()
	}
	return netip.PrefixFrom(ip, 64).Masked().String()
}

// address is whom a request comes from. Behind a proxy, the proxy says so in the
// last place of a header whose other places anybody may write.
func (a *App) address(r *http.Request) string {
	if a.opt.BehindProxy {
		all := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
		if last := strings.TrimSpace(all[len(all)-1]); last != "" {
			return last
		}
	}
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// refused tells of somebody who did not know the token, and keeps them waiting.
func (a *App) refused(ctx context.Context, r *http.Request) {
	address := a.address(r)
	wait := a.signed.fail(address, time.Now())
	a.tell(fmt.Sprintf("%s did not know the token", page.Shown(address)))
	select {
	case <-time.After(wait):
	case <-ctx.Done():
	}
}

// tell tells who runs the application, in one line.
func (a *App) tell(text string) {
	if a.opt.Log != nil {
		a.opt.Log(text)
	}
}

const session = "ringwatch"

// unheard says, in the answer too, when somebody whose address has failed too often
// is heard again; it is empty for others. Not even the right token is heard, or a
// guess could be told from it.
func (a *App) unheard(w http.ResponseWriter, r *http.Request) string {
	now := time.Now()
	until := a.signed.barred(a.address(r), now)
	if until.IsZero() {
		return ""
	}
	w.Header().Set("Retry-After", strconv.Itoa(int(until.Sub(now)/time.Second)+1))
	return fmt.Sprintf("Too many wrong tokens came from your address, and none is heard from it until %s; "+
		"come back then.", until.UTC().Add(time.Minute-1).Format("15:04 UTC"))
}

// admitted reports whether a request brings the token or a session. A wrong
// token is told from none.
func (a *App) admitted(r *http.Request) (in, tried bool) {
	if bearer, ok := bearer(r); ok {
		return same(bearer, a.opt.Token), true
	}
	c, err := r.Cookie(session)
	return err == nil && a.signed.valid(c.Value, time.Now()), false
}

func bearer(r *http.Request) (token string, ok bool) {
	return strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
}

func (a *App) login(w http.ResponseWriter, r *http.Request) {
	if why := a.unheard(w, r); why != "" {
		a.render(w, r, http.StatusTooManyRequests, "login", "Sign in", why)
		return
	}
	if a.opt.Token == "" || !same(r.PostFormValue("token"), a.opt.Token) {
		a.refused(r.Context(), r)
		a.render(w, r, http.StatusUnauthorized, "login", "Sign in", "That is not the token.")
		return
	}
	a.setCookie(w, r, session, a.signed.begin(time.Now()), sessionLasts)
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

func (a *App) logout(w http.ResponseWriter, r *http.Request) {
	if c, err := r.Cookie(session); err == nil {
		a.signed.end(c.Value)
	}
	a.setCookie(w, r, session, "", -time.Second)
	http.Redirect(w, r, "/login", http.StatusSeeOther)
}

// setCookie keeps something in the browser. What came over TLS, be it to a proxy
// in front, goes back over nothing else.
func (a *App) setCookie(w http.ResponseWriter, r *http.Request, name, value string, lasts time.Duration) {
	http.SetCookie(w, &http.Cookie{Name: name, Value: value, Path: "/", HttpOnly: true,
		SameSite: http.SameSiteStrictMode, Secure: r.TLS != nil || a.opt.BehindProxy, MaxAge: int(lasts / time.Second)})
}
