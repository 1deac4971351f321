// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_ASYNC_MANUAL_EXECUTOR_HPP
#define ASSENT_ASYNC_MANUAL_EXECUTOR_HPP

#include <assent/config.hpp>
#include <assent/async/detail/misused_task.hpp>
#include <assent/async/detail/task_queue.hpp>
#include <assent/async/shutdown.hpp>
#include <assent/async/submission.hpp>
#include <assent/async/task.hpp>
#include <assent/core/domain.hpp>
#include <assent/dispatch/detail/ticket.hpp>

#include <cstddef>
#include <mutex>

namespace assent::inline ASSENT_ABI {

/// Keeps tasks until it is told to run them, on the thread that says so: for tests and simulations that must
/// come out the same every time.
///
/// Threads  every member may be called from any thread, except the destructor. Tasks run one after the other,
///          in the order in which they were accepted: a thread that wants to run some while another does waits
///          for its turn. Must not be destroyed inside its own task.
class manual_executor {
public:
    /// @param capacity  how many tasks may be queued; zero means any number. When full it refuses: nobody can
    ///                  know whether somebody will run it.
    explicit manual_executor(std::size_t capacity = 0, const domain& in = domain::by_default()) noexcept
        : domain_(in), capacity_(capacity) {}
    explicit manual_executor(const detail::named_capacity&) : manual_executor() {}
    manual_executor(const manual_executor&) = delete;
    manual_executor& operator=(const manual_executor&) = delete;
    /// Discards what was not run: what the tasks are about may be gone already.
    ~manual_executor() { static_cast<void>(close(shutdown::discard)); }

    submission execute(
        task&& t) noexcept { // NOLINT(cppcoreguidelines-rvalue-reference-param-not-moved): push() empties it
        const std::lock_guard guard(lock_);
        if (closed_) return submission::closed;
        if (capacity_ != 0 && queue_.size() >= capacity_) return submission::full;
        queue_.push(t);
        return submission::accepted;
    }

    submission execute(detail::no_task) noexcept { return submission::closed; }

    /// Runs the first task. False: there was none, or this was called from inside a task.
    /// Errors  what the task throws passes through; the task counts as run.
    bool run_one() {
        const turn mine(*this);
        return mine.entered && step();
    }

    /// Runs tasks until none is left, those queued meanwhile included. Returns how many; from inside a task
    /// none. Errors  what a task throws passes through, the rest stays queued.
    std::size_t run_all() {
        const turn mine(*this);
        std::size_t count = 0;
        while (mine.entered && step()) ++count;
        return count;
    }

    /// run_all(). From inside a task it would have to wait for that task, and is refused.
    drain_result drain() {
        const turn mine(*this);
        if (!mine.entered) return drain_result::would_deadlock;
        while (step()) continue;
        return drain_result::done;
    }

    /// Accepts nothing more; runs or discards what is queued before it returns. From inside a task only the
    /// first half: what is to be discarded goes when that task has returned, the rest waits to be run.
    drain_result close(shutdown how) {
        {
            const std::lock_guard guard(lock_);
            closed_ = true;
            if (how == shutdown::discard) discards_ = true;
        }
        return drain();
    }

    /// Number of tasks queued.
    std::size_t pending() const noexcept {
        const std::lock_guard guard(lock_);
        return queue_.size();
    }

private:
    /// This thread runs tasks, nobody else does.
    struct turn {
        manual_executor& of;
        const bool entered;
        explicit turn(manual_executor& e) noexcept
            : of(e), entered(e.turn_.enter(e.domain_.core().waits) == detail::admission::entered) {}
        turn(const turn&) = delete;
        turn& operator=(const turn&) = delete;
        ~turn() {
            if (!entered) return;
            // A task may have closed the executor.
            while (task t = of.next_to_discard()) t.discard();
            static_cast<void>(of.turn_.leave()); // nothing is ever queued in this ticket
        }
    };

    bool step() {
        task next;
        bool discards = false;
        {
            const std::lock_guard guard(lock_);
            next = queue_.pop();
            discards = discards_;
        }
        if (!next) return false;
        if (discards) {
            next.discard();
        } else {
            next.run();
        }
        return true;
    }

    task next_to_discard() noexcept {
        const std::lock_guard guard(lock_);
        return discards_ ? queue_.pop() : task();
    }

    const domain domain_;
    const std::size_t capacity_;
    detail::ticket turn_;
    mutable std::mutex lock_; ///< never held while a task runs
    detail::task_queue queue_;
    bool closed_ = false;
    bool discards_ = false;
};

} // namespace assent::inline ASSENT_ABI

#endif
