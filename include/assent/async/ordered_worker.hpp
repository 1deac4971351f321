// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_ASYNC_ORDERED_WORKER_HPP
#define ASSENT_ASYNC_ORDERED_WORKER_HPP

#include <assent/config.hpp>
#include <assent/async/detail/misused_task.hpp>
#include <assent/async/detail/worker_state.hpp>
#include <assent/async/shutdown.hpp>
#include <assent/async/submission.hpp>
#include <assent/async/task.hpp>
#include <assent/core/detail/errors.hpp>
#include <assent/core/domain.hpp>

#include <cstddef>
#include <new>
#include <thread>

namespace assent::inline ASSENT_ABI {

struct worker_options {
    std::size_t capacity = 0; ///< how many tasks may be queued; zero means any number
    when_full full = when_full::wait;
};

/// A thread of its own that runs tasks one after the other, in the order in which they were accepted.
///
/// A task that throws ends the program, as it does in any std::thread.
/// Threads  every member may be called from any thread, also from inside its own tasks. Every wait is an
///          edge of the domain's graph of waits, and only what would never end is refused.
class ordered_worker {
public:
    /// Starts the thread.
    /// Errors  std::bad_alloc, std::system_error when there is no thread to be had; without exceptions these
    ///         end the program.
    explicit ordered_worker(const worker_options& options = {}, const domain& in = domain::by_default())
        : state_(new (std::nothrow) detail::worker_state(in, options.capacity, options.full)) {
        if (state_ == nullptr) detail::out_of_memory();
        state_->acquire(); // the thread's
        ASSENT_TRY {
            thread_ = std::thread([state = state_] {
                state->serve();
                state->release();
            });
        }
        ASSENT_CATCH_ALL {
            state_->release();
            state_->release();
            ASSENT_RETHROW;
        }
        state_->belongs_to(thread_.get_id());
    }
    explicit ordered_worker(detail::bare_number) : ordered_worker() {}
    ordered_worker(const ordered_worker&) = delete;
    ordered_worker& operator=(const ordered_worker&) = delete;

    /// Runs what was accepted, then ends the thread. Where that cannot be waited for, inside its own task or
    /// where it would close a cycle of waits, the thread is left to do so by itself: whatever the remaining
    /// tasks use must live on, or close(shutdown::discard) must come first.
    /// Threads  another thread that waits for room meanwhile is refused with submission::closed. Objects that
    ///          tasks keep per thread are destroyed before this returns; that is the one wait that is not
    ///          an edge.
    ~ordered_worker() {
        if (state_->close(shutdown::deliver) == drain_result::done && !state_->runs_here()) {
            thread_.join();
        } else {
            thread_.detach();
        }
        state_->release();
    }

    /// Queues the task. Needs no memory.
    /// Errors   full, closed, would_deadlock: the task stays with the caller.
    /// Threads  with when_full::wait, waits for room; those who wait get it in the order they came.
    submission execute(
        task&&
            t) noexcept { // NOLINT(cppcoreguidelines-rvalue-reference-param-not-moved): emptied when accepted
        return state_->accept(t);
    }

    submission execute(detail::no_task) noexcept { return submission::closed; }

    /// Waits until everything accepted so far is done. From inside a task, or where waiting would close a
    /// cycle, it is refused.
    drain_result drain() noexcept { return state_->drain(); }

    /// Accepts nothing more, and waits until what was accepted is run, or discarded on the worker's thread.
    /// Where waiting is refused the rest goes on by itself. May be repeated, to discard what was to be run.
    drain_result close(shutdown how) noexcept { return state_->close(how); }

    /// Whether this thread is the worker's.
    bool runs_here() const noexcept { return state_->runs_here(); }

private:
    detail::worker_state* state_;
    std::thread thread_;
};

} // namespace assent::inline ASSENT_ABI

#endif
