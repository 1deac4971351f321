// SPDX-License-Identifier: BSL-1.0
// A configuration is reloaded everywhere or nowhere: every part of the program looks at the new one first, and
// one part that cannot live with it keeps the old one in force for all.

#include <assent/assent.hpp>

#include <cstdio>
#include <string>

struct config {
    int port;
    int workers;
    std::size_t cache_bytes;
};

/// How a part answers: with a problem, or none.
struct problem {
    std::string text;
};
template <> struct assent::status_traits<problem> {
    static bool agrees(const problem& p) noexcept { return p.text.empty(); }
    static problem agreed() { return {}; }
};

/// The category: what is announced, and how it is answered.
struct reload {
    using event_type = config;
    using status_type = problem;
};

/// A part with something to prepare, to put to use, and to give back.
class cache {
public:
    problem prepare(const config& next) {
        next_ = std::string(next.cache_bytes, '\0'); // what may fail is done here
        return {};
    }
    void commit(const config&) noexcept {
        memory_.swap(next_);
        next_.clear();
    }
    void abort(const config&) noexcept {
        next_.clear();
        std::puts("  cache gives its new memory back");
    }
    std::size_t bytes() const { return memory_.size(); }

private:
    std::string memory_;
    std::string next_;
};

int main() {
    assent::dispatcher<reload> reloads;
    config current{8080, 4, 1024};

    cache pages;
    const auto cached = reloads.on({.name = "cache"}, assent::borrow(pages));

    // A part that only has a say: three callables instead of an object.
    const auto listener = reloads.on(
        {.name = "listener"},
        [](const config& next) {
            return next.port < 1024 ? problem{"port " + std::to_string(next.port) + " is reserved"}
                                    : problem{};
        },
        [](const config& next) noexcept { std::printf("  listener moves to port %d\n", next.port); },
        [](const config&) noexcept {});

    const auto load = [&](const config& next) {
        std::printf("reload: port %d, %d workers, %zu bytes\n", next.port, next.workers, next.cache_bytes);
        const auto outcome = reloads.transact(next, [&] { current = next; });
        if (outcome) {
            std::puts("  in force everywhere");
        } else {
            const std::string name(outcome.refuser());
            std::printf("  refused by %s: %s\n", name.c_str(), outcome.status()->text.c_str());
        }
        std::printf("  now: port %d, cache %zu bytes\n", current.port, pages.bytes());
    };
    load({8081, 4, 2048});
    load({80, 8, 4096});
    load({9090, 8, 4096});
}
