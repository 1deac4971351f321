// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_ASYNC_DETAIL_TASK_QUEUE_HPP
#define ASSENT_ASYNC_DETAIL_TASK_QUEUE_HPP

#include <assent/config.hpp>
#include <assent/async/task.hpp>

#include <cstddef>
#include <utility>

namespace assent::inline ASSENT_ABI::detail {

/// First in, first out; needs no memory. Its owner locks it.
class task_queue {
public:
    task_queue() noexcept = default;
    task_queue(const task_queue&) = delete;
    task_queue& operator=(const task_queue&) = delete;
    ~task_queue() {
        while (size_ != 0) pop().discard();
    }

    std::size_t size() const noexcept { return size_; }

    void push(task& t) noexcept {
        task_node* const node = std::exchange(t.node_, nullptr);
        node->next = nullptr;
        *last_ = node;
        last_ = &node->next;
        ++size_;
    }

    /// Empty when there is none.
    task pop() noexcept {
        task_node* const node = first_;
        if (node == nullptr) return {};
        first_ = node->next;
        if (first_ == nullptr) last_ = &first_;
        --size_;
        return task(node);
    }

private:
    task_node* first_ = nullptr;
    task_node** last_ = &first_;
    std::size_t size_ = 0;
};

} // namespace assent::inline ASSENT_ABI::detail

#endif
