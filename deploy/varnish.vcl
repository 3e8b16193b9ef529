vcl 4.1;

# Varnish in front of Folio: /etc/varnish/default.vcl. It has no TLS: Caddy, nginx or hitch run in front of it, on this
# machine, and set X-Forwarded-For and X-Forwarded-Proto.
#
#   varnishd -a /run/varnish.sock,user=vcache,group=www-data,mode=660 -f /etc/varnish/default.vcl \
#            -s malloc,256m -p http_gzip_support=off
#
# http_gzip_support=off is needed: the engine's answers are compressed already, with brotli too. The user of varnishd
# must be in the group of the engine's socket: adduser vcache www-data

import directors;
import std;

# No health probe for this one: while it restarts, requests wait in the socket that systemd holds; if there is no
# socket they fail at once, and the cached answer is served.
backend here {
    .path = "/run/folio.sock";
    .connect_timeout = 2s;
    .first_byte_timeout = 60s;
    .between_bytes_timeout = 30s;
}

# Engines on other machines are further backends, each with an add_backend line, and with a probe, so that no request
# waits for a machine that is down (README.md, "More than one machine"):
#   backend other {
#       .host = "10.0.0.2"; .port = "8000"; .connect_timeout = 2s; .first_byte_timeout = 60s;
#       .probe = { .url = "/robots.txt"; .interval = 1s; .timeout = 2s; .window = 5; .threshold = 2; .initial = 2; }
#   }
sub vcl_init {
    new engines = directors.shard(); # each URL has its engine, and others to try if that one fails
    engines.add_backend(here);
    engines.reconfigure();
}

sub vcl_recv {
    set req.backend_hint = engines.backend(by=URL);
    if (req.method != "GET" && req.method != "HEAD") {
        return (pass);
    }
    # /metrics is for the engine's machine only, also if percent-encoded: the URL comes here as requested.
    if (req.url ~ "(?i)^/(m|%6d)(e|%65)(t|%74)(r|%72)(i|%69)(c|%63)(s|%73)([?#]|$)") {
        return (synth(404));
    }
    unset req.http.Cookie;
    unset req.http.Forwarded;

    # One URL has several representations and encodings. Accept and Accept-Encoding are reduced to one word each, so
    # that there are few variants by Vary, and all browsers share them.
    if (req.http.Accept ~ "(?i)^text/markdown") {
        set req.http.Accept = "text/markdown";
    } elsif (req.http.Accept ~ "(?i)^application/(problem\+)?json") {
        set req.http.Accept = "application/json";
    } elsif (req.http.Accept ~ "(?i)^text/plain") {
        set req.http.Accept = "text/plain";
    } else {
        set req.http.Accept = "text/html";
    }
    if (req.http.Accept-Encoding ~ "(?i)(^|[ ,])br(; *q=(1|0?\.0*[1-9]))?[0-9. ]*(,|$)") {
        set req.http.Accept-Encoding = "br";
    } elsif (req.http.Accept-Encoding ~ "(?i)(^|[ ,])gzip(; *q=(1|0?\.0*[1-9]))?[0-9. ]*(,|$)") {
        set req.http.Accept-Encoding = "gzip";
    } else {
        set req.http.Accept-Encoding = "identity";
    }

    # URLs with arbitrary queries are not cached, since they would evict useful entries.
    if (req.url ~ "\?" && req.url !~ "^[^?]*\?(v=[0-9a-f]+|page=[1-9][0-9]{0,2})$") {
        return (pass);
    }
    # Nothing older than three seconds is served, unless no engine answers (vcl_deliver): then anything cached.
    set req.grace = 2s;
    if (req.restarts > 0) {
        set req.grace = 30d;
    }
    return (hash);
}

sub vcl_hash {
    hash_data(req.url); # without the host, which the engine ignores too
    return (lookup);
}

sub vcl_backend_fetch {
    set bereq.backend = engines.backend(by=URL, alt=bereq.retries); # a retry goes to another engine
    # No keep-alive: when an engine dies all its connections are dead, and a request may draw only dead ones.
    set bereq.http.Connection = "close";
    # The engine trusts this proxy for the visitor's address: the first one in the header of the proxy in front.
    set bereq.http.X-Forwarded-For = regsub(bereq.http.X-Forwarded-For, ",.*$", "");
}

sub vcl_backend_response {
    # Answers are received whole before they are sent, so that a truncated one is retried; large files are streamed.
    if (std.integer(beresp.http.Content-Length, 0) < 1000000) {
        set beresp.do_stream = false;
    }
    if (beresp.status >= 500) {
        if (bereq.retries < 2 && beresp.status == 500) {
            return (retry); // on the next engine
        }
        if (bereq.is_bgfetch) {
            return (abandon); // the cached answer stays
        }
        set beresp.uncacheable = true;
        set beresp.ttl = 0s;
        return (deliver);
    }
    # A ?v= version is cached only if it is immutable. A made-up version or width of a picture is redirected (302), and
    # that is not cached.
    if (beresp.http.Cache-Control ~ "no-store|private" || beresp.status == 302
        || (bereq.url ~ "\?v=" && beresp.http.Cache-Control !~ "immutable")) {
        set beresp.uncacheable = true;
        set beresp.ttl = 1m; // for so long, requests for this URL are not queued to share one answer
        return (deliver);
    }
    # Fresh for a second, then revalidated by its ETag, and kept for when the engine is away.
    set beresp.ttl = 1s;
    set beresp.grace = 30d;
    set beresp.keep = 1d;
    return (deliver);
}

sub vcl_backend_error {
    if (bereq.retries < 4) {
        return (retry); // the engine was just dying: systemd holds its socket, and its successor answers
    }
    return (deliver);
}

sub vcl_deliver {
    if (resp.status >= 500 && req.restarts == 0 && req.method == "GET") {
        return (restart); // without the age limit: an old page is better than none
    }
    unset resp.http.Via;
    unset resp.http.X-Varnish;
    unset resp.http.Age;
}
