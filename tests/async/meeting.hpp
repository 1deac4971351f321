// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_TESTS_ASYNC_MEETING_HPP
#define ASSENT_TESTS_ASYNC_MEETING_HPP

#include <assent/core/detail/wait_graph.hpp>
#include <assent/core/domain.hpp>

#include <condition_variable>
#include <mutex>
#include <thread>

namespace test_async {

/// Closed until somebody opens it.
class gate {
public:
    void open() {
        const std::lock_guard guard(lock_);
        open_ = true;
        changed_.notify_all();
    }
    void pass() {
        std::unique_lock guard(lock_);
        changed_.wait(guard, [&] { return open_; });
    }
    bool is_open() {
        const std::lock_guard guard(lock_);
        return open_;
    }

private:
    std::mutex lock_;
    std::condition_variable changed_;
    bool open_ = false;
};

/// A target that a test waits for. With `once` it depends on the thread while its edge is being added and on
/// nobody after that, so that asking disturbs nobody.
struct thread_target : assent::detail::wait_target {
    std::thread::id on;
    bool once;
    mutable bool asked = false; // under the graph's mutex
    thread_target(std::thread::id thread, bool only_once)
        : assent::detail::wait_target{&blocker}, on(thread), once(only_once) {}
    static std::thread::id blocker(const assent::detail::wait_target* t) noexcept {
        const auto& self = *static_cast<const thread_target*>(t);
        if (self.once && self.asked) return {};
        self.asked = true;
        return self.on;
    }
};

/// Whether that thread waits, directly or through others, for this one.
inline bool waits_for_this_thread(std::thread::id other,
                                  const assent::domain& in = assent::domain::by_default()) {
    const thread_target probe(other, true);
    return assent::detail::wait_scope(in.core().waits, probe).closes_cycle();
}

/// Returns when that thread waits for this one.
inline void until_waited_for_by(std::thread::id other,
                                const assent::domain& in = assent::domain::by_default()) {
    while (!waits_for_this_thread(other, in)) std::this_thread::yield();
}

#if defined(__cpp_exceptions)
/// Whether f() throws an Exception. doctest's own macros for that check nothing where its handling of
/// exceptions is switched off.
template <class Exception, class F> bool throws(F f) {
    try {
        f();
    } catch (const Exception&) {
        return true;
    }
    return false;
}
#endif

} // namespace test_async

#endif
