// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_ASYNC_TASK_HPP
#define ASSENT_ASYNC_TASK_HPP

#include <assent/config.hpp>
#include <assent/async/detail/misused_task.hpp>

#include <concepts>
#include <functional>
#include <new>
#include <type_traits>
#include <utility>

namespace assent::inline ASSENT_ABI {

namespace detail {

struct task_node;

struct task_operations {
    void (*run)(task_node*);
    void (*discard)(task_node*) noexcept;
    void (*destroy)(task_node*) noexcept;
};

/// Links itself into an executor's queue, so that accepting a task needs no memory.
struct task_node {
    const task_operations* does;
    task_node* next = nullptr;
};

template <class Work> struct task_of final : task_node {
    explicit task_of(Work&& w) : task_node{&operations}, work(std::move(w)) {}
    Work work;
    static Work& in(task_node* n) noexcept { return static_cast<task_of*>(n)->work; }
    static constexpr task_operations operations{
        [](task_node* n) { in(n).run(); },
        [](task_node* n) noexcept { in(n).discard(); },
        [](task_node* n) noexcept { delete static_cast<task_of*>(n); },
    };
};

class task_queue;

} // namespace detail

/// What a task can be made of: something that can be run, or told that it will not be.
template <class W>
concept runnable_work = std::move_constructible<W> && requires(W& w) {
    w.run();
    w.discard();
};

/// One piece of work for an executor: run once, or told that it is discarded, never neither. Move-only; one
/// allocation when it is made and none after that.
class task {
public:
    task() noexcept = default;
    task(task&& other) noexcept : node_(std::exchange(other.node_, nullptr)) {}
    task& operator=(task&& other) noexcept {
        if (this != &other) {
            discard();
            node_ = std::exchange(other.node_, nullptr);
        }
        return *this;
    }
    /// Discards what was not run.
    ~task() { discard(); }

    /// A task that calls work.run() or work.discard().
    /// Errors  an empty task when there is no memory; what moving `work` throws passes through.
    template <runnable_work Work> static task of(Work work) {
        return task(new (std::nothrow) detail::task_of<Work>(std::move(work)));
    }

    static task of(detail::no_work_at_all) { return {}; }

    /// A task that calls `run`, or else `discard`. Errors  as of().
    template <std::invocable Run, std::invocable Discard> static task make(Run run, Discard discard) {
        struct either {
            Run first;
            Discard second;
            void run() { std::invoke(first); }
            void discard() { std::invoke(second); }
        };
        return of(either{std::move(run), std::move(discard)});
    }

    static task make(detail::lone_callable) { return {}; }
    template <class Discard> static task make(detail::wrong_callable, const Discard&) { return {}; }
    template <std::invocable Run> static task make(const Run&, detail::wrong_callable) { return {}; }

    /// False: it was run, discarded or moved from, or there was no memory for it.
    explicit operator bool() const noexcept { return node_ != nullptr; }

    /// Runs it and destroys what it held, also when that throws. Does nothing to an empty task.
    void run() {
        struct holder {
            detail::task_node* node;
            ~holder() { node->does->destroy(node); }
        };
        if (node_ == nullptr) return;
        const holder held{std::exchange(node_, nullptr)};
        held.node->does->run(held.node);
    }

    /// Tells it that it will not be run, and destroys what it held. Does nothing to an empty task.
    void discard() noexcept {
        if (node_ == nullptr) return;
        detail::task_node* const node = std::exchange(node_, nullptr);
        node->does->discard(node);
        node->does->destroy(node);
    }

    /// Destroys what it held without calling either: for those who were told that it was not accepted and
    /// report that themselves.
    void forget() noexcept {
        if (detail::task_node* const node = std::exchange(node_, nullptr)) node->does->destroy(node);
    }

private:
    friend class detail::task_queue;
    explicit task(detail::task_node* node) noexcept : node_(node) {}

    detail::task_node* node_ = nullptr;
};

static_assert(sizeof(task) == sizeof(void*));

} // namespace assent::inline ASSENT_ABI

#endif
