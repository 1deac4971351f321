// SPDX-License-Identifier: BSL-1.0
// What people write by hand: the floor, and what protecting it with a mutex costs.

#include "subject.hpp"

#include <cstddef>
#include <functional>
#include <mutex>
#include <vector>

namespace bench {
namespace {

struct raw_entry {
    void (*call)(void*, const event&);
    void* object;
};

/// Calls through an array of function pointers: what nothing can be faster than.
struct raw_loop {
    using connection = void*;
    template <class F> connection connect(F f) {
        entries.push_back({&F::call, f.object()});
        return f.object();
    }
    void disconnect(connection object) {
        for (std::size_t i = entries.size(); i-- > 0;) {
            if (entries[i].object != object) continue;
            entries.erase(entries.begin() + static_cast<std::ptrdiff_t>(i));
            return;
        }
    }
    [[gnu::always_inline]] void emit(const event& e) const {
        for (const raw_entry& entry : entries) entry.call(entry.object, e);
    }
    std::vector<raw_entry> entries;
};

struct functions {
    struct connection {};
    template <class F> connection connect(F f) {
        entries.emplace_back(f);
        return {};
    }
    void disconnect(connection) { entries.pop_back(); }
    [[gnu::always_inline]] void emit(const event& e) const {
        for (const auto& entry : entries) entry(e);
    }
    std::vector<std::function<void(const event&)>> entries;
};

struct locked_loop {
    using connection = raw_loop::connection;
    template <class F> connection connect(F f) {
        const std::lock_guard guard(lock);
        return loop.connect(f);
    }
    void disconnect(connection object) {
        const std::lock_guard guard(lock);
        loop.disconnect(object);
    }
    [[gnu::always_inline]] void emit(const event& e) {
        const std::lock_guard guard(lock);
        loop.emit(e);
    }
    std::mutex lock;
    raw_loop loop;
};

} // namespace

void add_plain(std::vector<library>& to) {
    to.push_back({"raw loop", false, false, maker<raw_loop>()});
    to.push_back({"vector<function>", false, false, maker<functions>()});
    to.push_back({"mutex", true, false, maker<locked_loop>()});
}

} // namespace bench
