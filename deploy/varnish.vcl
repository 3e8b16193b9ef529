vcl 4.1;

# Varnish in front of Folio: /etc/varnish/default.vcl. It speaks no TLS: Caddy, nginx or hitch stand before it, on this
# machine, and write X-Forwarded-For and X-Forwarded-Proto.
#
#   varnishd -a /run/varnish.sock,user=vcache,group=www-data,mode=660 -f /etc/varnish/default.vcl \
#            -s malloc,256m -p http_gzip_support=off
#
# http_gzip_support=off is needed: the engine has everything compressed already, with brotli too. The user of varnishd
# must be in the group of the engine's socket: adduser vcache www-data

import std;
import directors;

# An engine that has not answered for sixteen times is down, not restarting: what is kept is shown at once, and the rest
# is refused. Until then requests wait for it, in the socket that systemd holds.
probe answering {
    .request = "GET /robots.txt HTTP/1.1" "Host: folio" "Connection: close";
    .interval = 1s;
    .timeout = 2s;
    .window = 16;
    .threshold = 1;
    .initial = 1;
}

backend here {
    .path = "/run/folio.sock";
    .probe = answering;
    .connect_timeout = 2s;
    .first_byte_timeout = 60s;
    .between_bytes_timeout = 30s;
}

# Engines on other machines are further backends (.host = "10.0.0.2"; .port = "8000";) and lines of add_backend.
sub vcl_init {
    new engines = directors.round_robin();
    engines.add_backend(here);
}

sub vcl_recv {
    set req.backend_hint = engines.backend();
    if (req.method != "GET" && req.method != "HEAD") {
        return (pass);
    }
    if (req.url == "/metrics") {
        return (synth(404));
    }
    unset req.http.Cookie;
    unset req.http.Forwarded;

    # One address has several representations and encodings. What a browser asks for is reduced to one word of each,
    # so that Vary, by which Varnish keeps them apart, has few to keep, and all browsers share them.
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

    # Addresses with a query of anybody's invention are not kept, or they would drive out what is worth keeping.
    if (req.url ~ "\?" && req.url !~ "\?(v=[0-9a-f]+|page=[0-9]+|w=[0-9]+)$") {
        return (pass);
    }
    # While an engine answers, nobody is shown what is more than three seconds old; while none does, all that is kept.
    set req.grace = 30d;
    if (req.restarts == 0 && std.healthy(req.backend_hint)) {
        set req.grace = 2s;
    }
    return (hash);
}

sub vcl_hash {
    hash_data(req.url); # without the host: the engine does not ask for it either
    return (lookup);
}

sub vcl_backend_fetch {
    # The engine believes this proxy about the visitor, who is the first one that the proxy before us names.
    set bereq.http.X-Forwarded-For = regsub(bereq.http.X-Forwarded-For, ",.*$", "");
}

sub vcl_backend_response {
    # Whole before it is passed on, so that what breaks off is fetched again; large files as they come.
    if (std.integer(beresp.http.Content-Length, 0) < 1000000) {
        set beresp.do_stream = false;
    }
    if (beresp.status >= 500) {
        if (bereq.retries < 2 && beresp.status == 500) {
            return (retry); // on the next engine
        }
        if (bereq.is_bgfetch) {
            return (abandon); // what is kept stays
        }
        set beresp.uncacheable = true;
        set beresp.ttl = 0s;
        return (deliver);
    }
    if (beresp.http.Cache-Control ~ "no-store|private") {
        set beresp.uncacheable = true;
        set beresp.ttl = 1m; // for so long nobody waits whether another's answer can be shared
        return (deliver);
    }
    # Fresh for a second, then asked for again by its ETag, and kept for when the engine is away.
    set beresp.ttl = 1s;
    set beresp.grace = 30d;
    set beresp.keep = 1d;
    return (deliver);
}

sub vcl_backend_error {
    if (bereq.retries < 4) {
        return (retry); // the engine was just dying: its socket is held, and the next one answers
    }
    return (deliver);
}

sub vcl_deliver {
    if (resp.status >= 500 && req.restarts == 0 && req.method == "GET") {
        return (restart); // without the bound of age: rather an old page than none
    }
    unset resp.http.Via;
    unset resp.http.X-Varnish;
    unset resp.http.Age;
}
