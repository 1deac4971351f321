// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_TESTS_SUPPORT_GATE_HPP
#define ASSENT_TESTS_SUPPORT_GATE_HPP

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <thread>
#include <utility>

namespace test_support {

/// After how many seconds a test that makes no progress is taken to hang. Generous: sanitizers on a busy machine.
#if !defined(TEST_HANG_SECONDS)
#define TEST_HANG_SECONDS 50
#endif
inline constexpr std::chrono::seconds hang_limit{TEST_HANG_SECONDS};

/// Closed until somebody opens it. A test that hangs ends the program with the gate's name instead.
class gate {
public:
    explicit gate(const char* name = "gate") : name_(name) {}
    gate(const gate&) = delete;
    gate& operator=(const gate&) = delete;

    void open() {
        const std::lock_guard guard(lock_);
        open_ = true;
        opened_.notify_all();
    }
    void wait() {
        std::unique_lock guard(lock_);
        if (opened_.wait_for(guard, hang_limit, [&] { return open_; })) return;
        std::fprintf(stderr, "test hangs: nobody opened '%s'\n", name_);
        std::abort();
    }
    /// For a thread that only stands by until the test's other waits have succeeded or ended the program.
    void wait_without_limit() {
        std::unique_lock guard(lock_);
        opened_.wait(guard, [&] { return open_; });
    }
    bool is_open() {
        const std::lock_guard guard(lock_);
        return open_;
    }

private:
    const char* name_;
    std::mutex lock_;
    std::condition_variable opened_;
    bool open_ = false;
};

/// The body of a callback that says when it was entered and stays inside until told.
class stop {
public:
    void here() {
        entered.open();
        leave.wait();
        left.store(true);
    }
    gate entered{"callback entered"};
    gate leave{"callback may leave"};
    std::atomic<bool> left{false}; ///< set last
};

/// Polls until the condition holds; ends the program if it never does.
template <class Condition> void eventually(Condition holds, const char* what = "a condition") {
    const auto until = std::chrono::steady_clock::now() + hang_limit;
    while (!holds()) {
        if (std::chrono::steady_clock::now() > until) {
            std::fprintf(stderr, "test hangs: waited for %s\n", what);
            std::abort();
        }
        std::this_thread::yield();
    }
}

/// Watches for something that must not happen. Passing proves little, failing proves a defect: so it is
/// used beside an assertion about the order of events, never alone.
template <class Condition> bool stays_false(Condition happened) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(10);
    do {
        if (happened()) return false;
        std::this_thread::yield();
    } while (std::chrono::steady_clock::now() < until);
    return true;
}

/// A thread that is joined at the end of its scope.
class runner {
public:
    template <class F> explicit runner(F f) : thread_(std::move(f)) {}
    runner(const runner&) = delete;
    runner& operator=(const runner&) = delete;
    ~runner() { join(); }
    void join() {
        if (thread_.joinable()) thread_.join();
    }

private:
    std::thread thread_;
};

} // namespace test_support

#endif
