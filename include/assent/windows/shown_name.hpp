// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_WINDOWS_SHOWN_NAME_HPP
#define ASSENT_WINDOWS_SHOWN_NAME_HPP

#include <assent/config.hpp>
#include <assent/windows/ddk/assent_ddk/plug_play.h>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <new>
#include <string>

namespace assent::windows {

/// An interface's name as one callback sees it (W17): on the heap, string and characters in one block, so that a
/// driver that keeps either is shown by AddressSanitizer. For want of memory a callback is not left out; it sees the
/// name itself.
class shown_name {
public:
    explicit shown_name(const std::basic_string<WCHAR>& name)
        : name_(name),
          memory_(new (std::nothrow) unsigned char[sizeof(UNICODE_STRING) + units() * sizeof(WCHAR)]) {
        link_ = memory_ == nullptr ? &bare_ : new (memory_.get()) UNICODE_STRING{};
        if (memory_ != nullptr) {
            link_->Buffer = reinterpret_cast<WCHAR*>(memory_.get() + sizeof(UNICODE_STRING));
            std::copy_n(name_.c_str(), units(), link_->Buffer);
        } else {
            link_->Buffer = const_cast<WCHAR*>(name_.c_str());
        }
        link_->Length = static_cast<USHORT>(name_.size() * sizeof(WCHAR));
        link_->MaximumLength = static_cast<USHORT>(units() * sizeof(WCHAR));
        before_ = *link_;
    }
    shown_name(const shown_name&) = delete;
    shown_name& operator=(const shown_name&) = delete;

    UNICODE_STRING* get() noexcept { return link_; }
    bool changed() const noexcept {
        return link_->Buffer != before_.Buffer || link_->Length != before_.Length ||
               name_.compare(0, units(), before_.Buffer, units() - 1) != 0;
    }

private:
    std::size_t units() const noexcept { return name_.size() + 1; }

    const std::basic_string<WCHAR>& name_;
    const std::unique_ptr<unsigned char[]> memory_;
    UNICODE_STRING bare_{};
    UNICODE_STRING* link_ = nullptr;
    UNICODE_STRING before_{};
};

} // namespace assent::windows

#endif
