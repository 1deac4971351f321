// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_TESTS_SUPPORT_RECORDER_HPP
#define ASSENT_TESTS_SUPPORT_RECORDER_HPP

#include <atomic>
#include <mutex>
#include <string>
#include <utility>

namespace test_support {

/// Words in the order in which any threads said them.
class recorder {
public:
    void say(const std::string& word) {
        const std::lock_guard guard(lock_);
        if (!said_.empty()) said_ += ' ';
        said_ += word;
    }
    std::string said() {
        const std::lock_guard guard(lock_);
        return said_;
    }
    std::string take() {
        const std::lock_guard guard(lock_);
        return std::exchange(said_, {});
    }

private:
    std::mutex lock_;
    std::string said_;
};

/// Counts the instances of a callable that are alive; a callable holds one as a member. Copies are counted,
/// objects moved from are not.
class census {
public:
    class member {
    public:
        explicit member(census& in) noexcept : in_(&in) { ++in_->alive_; }
        member(const member& other) noexcept : in_(other.in_) { enter(); }
        member(member&& other) noexcept : in_(std::exchange(other.in_, nullptr)) {}
        member& operator=(member) = delete;
        ~member() {
            if (in_ == nullptr) return;
            --in_->alive_;
            ++in_->destroyed_;
        }

    private:
        void enter() noexcept {
            if (in_ != nullptr) ++in_->alive_;
        }
        census* in_;
    };

    int alive() const noexcept { return alive_; }
    int destroyed() const noexcept { return destroyed_; }

private:
    std::atomic<int> alive_{0};
    std::atomic<int> destroyed_{0};
};

} // namespace test_support

#endif
