// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_ASYNC_DETAIL_WORKER_STATE_HPP
#define ASSENT_ASYNC_DETAIL_WORKER_STATE_HPP

#include <assent/config.hpp>
#include <assent/async/detail/task_queue.hpp>
#include <assent/async/shutdown.hpp>
#include <assent/async/submission.hpp>
#include <assent/async/task.hpp>
#include <assent/core/detail/wait_graph.hpp>
#include <assent/core/domain.hpp>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <thread>

namespace assent::inline ASSENT_ABI::detail {

/// What an ordered worker and its thread share. Counted, because either may be gone first: the worker may be
/// destroyed by its own task, and by one thread while another is waiting for room.
class worker_state {
public:
    worker_state(const domain& in, std::size_t capacity, when_full full) noexcept
        : domain_(in), capacity_(capacity), full_(full) {}
    worker_state(const worker_state&) = delete;
    worker_state& operator=(const worker_state&) = delete;

    void acquire() noexcept { references_.fetch_add(1, std::memory_order_relaxed); }
    void release() noexcept {
        if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
    }

    /// Before the worker is given to anybody; its tasks read it after taking the lock.
    void belongs_to(std::thread::id thread) noexcept { thread_ = thread; }
    bool runs_here() const noexcept { return thread_ == std::this_thread::get_id(); }

    submission accept(task& t) noexcept {
        room_wait self(*this, t);
        {
            const std::lock_guard guard(lock_);
            if (closed_) return submission::closed;
            // While anybody waits for room there is none: pop() gives it to the first of them at once.
            if (capacity_ == 0 || queue_.size() < capacity_) {
                append(t);
                return submission::accepted;
            }
            if (full_ == when_full::refuse) return submission::full;
            *last_waiting_ = &self;
            last_waiting_ = &self.next;
            acquire();
        }
        const submission answer = wait_for_room(self);
        release();
        return answer;
    }

    /// Waits for what was accepted before the call.
    drain_result drain() noexcept {
        std::uint64_t target = 0;
        {
            const std::lock_guard guard(lock_);
            target = accepted_;
        }
        return await([this, target] { return finished_.load(std::memory_order_acquire) >= target; });
    }

    /// Accepts nothing more, and waits until the thread has no more work.
    drain_result close(shutdown how) noexcept {
        {
            const std::lock_guard guard(lock_);
            closed_ = true;
            if (how == shutdown::discard) discards_ = true;
            while (first_waiting_ != nullptr) answer_first(submission::closed);
            work_.notify_one();
        }
        return await([this] { return ended_.load(std::memory_order_acquire); });
    }

    /// The thread: until it is closed and there is nothing left.
    void serve() noexcept {
        std::unique_lock guard(lock_);
        for (;;) {
            work_.wait(guard, [&] { return queue_.size() != 0 || closed_; });
            task next = queue_.pop();
            if (!next) break;
            if (first_waiting_ != nullptr) {
                append(first_waiting_->brings);
                answer_first(submission::accepted);
            }
            const bool discards = discards_;
            guard.unlock();
            if (discards) {
                next.discard();
            } else {
                next.run();
            }
            guard.lock();
            // Release: partner of the acquire load by whoever waits for the task's effects.
            finished_.fetch_add(1, std::memory_order_release);
            progress_.notify_all();
        }
        ended_.store(true, std::memory_order_release);
        progress_.notify_all();
    }

private:
    ~worker_state() = default;

    /// A thread that waits for room in the queue. The worker takes the task from it when there is: nobody can
    /// snatch the room, so that once the answer is there this wait depends on nobody.
    struct room_wait : wait_target {
        room_wait(worker_state& in, task& t) noexcept : wait_target{&blocker}, of(in), brings(t) {}
        worker_state& of;
        task& brings;
        room_wait* next = nullptr;
        submission answer = submission::accepted; ///< under the lock
        std::atomic<bool> answered{false};
        std::condition_variable wake;
        static std::thread::id blocker(const wait_target* t) noexcept {
            const auto& self = *static_cast<const room_wait*>(t);
            return self.answered.load(std::memory_order_acquire) ? std::thread::id() : self.of.thread_;
        }
    };

    submission wait_for_room(room_wait& self) noexcept {
        wait_scope waiting(domain_.core().waits, self);
        std::unique_lock guard(lock_);
        while (!self.answered.load(std::memory_order_relaxed)) {
            if (waiting.closes_cycle() || waiting.broken()) {
                forget(self);
                return submission::would_deadlock;
            }
            // Woken when answered; the time-out is for a wait that somebody else has to break.
            self.wake.wait_for(guard, std::chrono::milliseconds(20));
        }
        return self.answer;
    }

    template <class Done> drain_result await(Done done) noexcept {
        struct target : wait_target {
            const worker_state* of;
            const Done* over;
            static std::thread::id blocker(const wait_target* t) noexcept {
                const auto& self = *static_cast<const target*>(t);
                return (*self.over)() ? std::thread::id() : self.of->thread_;
            }
        };
        if (done()) return drain_result::done;
        acquire();
        drain_result result = drain_result::done;
        {
            const target awaited{{&target::blocker}, this, &done};
            wait_scope waiting(domain_.core().waits, awaited);
            std::unique_lock guard(lock_);
            while (!done()) {
                if (waiting.closes_cycle() || waiting.broken()) {
                    result = drain_result::would_deadlock;
                    break;
                }
                progress_.wait_for(guard, std::chrono::milliseconds(20));
            }
        }
        release();
        return result;
    }

    // Under the lock, all of these.

    void append(task& t) noexcept {
        queue_.push(t);
        ++accepted_;
        work_.notify_one();
    }

    void answer_first(submission answer) noexcept {
        room_wait& first = *first_waiting_;
        first_waiting_ = first.next;
        if (first_waiting_ == nullptr) last_waiting_ = &first_waiting_;
        first.answer = answer;
        // Release: partner of the acquire load in blocker(). The waiter itself cannot go before we unlock.
        first.answered.store(true, std::memory_order_release);
        first.wake.notify_one();
    }

    void forget(room_wait& self) noexcept {
        room_wait** link = &first_waiting_;
        while (*link != &self) link = &(*link)->next;
        *link = self.next;
        if (last_waiting_ == &self.next) last_waiting_ = link;
    }

    const domain domain_;
    const std::size_t capacity_; ///< 0: any number
    const when_full full_;
    std::thread::id thread_{};
    std::atomic<std::size_t> references_{1};

    std::mutex lock_; ///< never held while a task runs
    std::condition_variable work_;
    std::condition_variable progress_;
    task_queue queue_;
    room_wait* first_waiting_ = nullptr;
    room_wait** last_waiting_ = &first_waiting_;
    std::uint64_t accepted_ = 0;
    bool closed_ = false;
    bool discards_ = false;
    std::atomic<std::uint64_t> finished_{0}; ///< written by the thread
    std::atomic<bool> ended_{false};
};

} // namespace assent::inline ASSENT_ABI::detail

#endif
