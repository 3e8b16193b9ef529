vcl 4.1;

# Varnish in front of Folio: /etc/varnish/default.vcl. It speaks no TLS: Caddy, nginx or hitch stand before it, on this
# machine, and write X-Forwarded-For and X-Forwarded-Proto.
#
#   varnishd -a /run/varnish.sock,user=vcache,group=www-data,mode=660 -f /etc/varnish/default.vcl \
#            -s malloc,256m -p http_gzip_support=off
#
# http_gzip_support=off is needed: the engine has everything compressed already, with brotli too. The user of varnishd
# must be in the group of the engine's socket: adduser vcache www-data

import directors;
import std;

# Nobody asks this one whether it is well: while it restarts, requests wait for it in the socket that systemd holds, and
# where nobody holds it they fail at once, and what is kept is shown.
backend here {
    .path = "/run/folio.sock";
    .connect_timeout = 2s;
    .first_byte_timeout = 60s;
    .between_bytes_timeout = 30s;
}

# Engines on other machines are further backends, each with a line of add_backend, and with a probe, so that a machine
# that is gone is not waited for (README.md, "More than one machine"):
#   backend other {
#       .host = "10.0.0.2"; .port = "8000"; .connect_timeout = 2s; .first_byte_timeout = 60s;
#       .probe = { .url = "/robots.txt"; .interval = 1s; .timeout = 2s; .window = 5; .threshold = 2; .initial = 2; }
#   }
sub vcl_init {
    new engines = directors.shard(); # an address has its engine, and others to try when that one fails
    engines.add_backend(here);
    engines.reconfigure();
}

sub vcl_recv {
    set req.backend_hint = engines.backend(by=URL);
    if (req.method != "GET" && req.method != "HEAD") {
        return (pass);
    }
    # Counters, for the engine's machine alone, however they are spelt: an address comes here as it was asked for.
    if (req.url ~ "(?i)^/(m|%6d)(e|%65)(t|%74)(r|%72)(i|%69)(c|%63)(s|%73)([?#]|$)") {
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
    if (req.url ~ "\?" && req.url !~ "^[^?]*\?(v=[0-9a-f]+|page=[1-9][0-9]{0,2})$") {
        return (pass);
    }
    # Nobody is shown what is more than three seconds old, unless no engine answers (vcl_deliver): then all that is kept.
    set req.grace = 2s;
    if (req.restarts > 0) {
        set req.grace = 30d;
    }
    return (hash);
}

sub vcl_hash {
    hash_data(req.url); # without the host: the engine does not ask for it either
    return (lookup);
}

sub vcl_backend_fetch {
    set bereq.backend = engines.backend(by=URL, alt=bereq.retries); # after one that failed, another
    # No connection is kept: when an engine dies all of them are dead, and a request may draw only dead ones.
    set bereq.http.Connection = "close";
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
    # Of versions only that which the engine says holds for ever; who made up a version or a width of a picture is sent on.
    if (beresp.http.Cache-Control ~ "no-store|private" || beresp.status == 302
        || (bereq.url ~ "\?v=" && beresp.http.Cache-Control !~ "immutable")) {
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
