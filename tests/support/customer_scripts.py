"""The analysis scripts of the customer's handbooks (document 003), as they stand there; only the
two helpers at the end, which the handbook leaves to its reader, are ours.
"""

import re
from collections import Counter


def analyze_error_logs(log_file="logs/error.log"):
    """分析錯誤日誌"""
    error_counts = Counter()

    with open(log_file, 'r') as f:
        for line in f:
            # 提取錯誤類型
            if 'HTTP' in line and 'error' in line:
                match = re.search(r'HTTP (\d+)', line)
                if match:
                    status_code = match.group(1)
                    error_counts[f'HTTP_{status_code}'] += 1

            elif 'ConnectionError' in line:
                error_counts['ConnectionError'] += 1

            elif 'Timeout' in line:
                error_counts['Timeout'] += 1

    return error_counts


def analyze_performance_trends(log_file="logs/http_client.log"):
    """分析效能趨勢"""
    response_times = []

    with open(log_file, 'r') as f:
        for line in f:
            # 提取響應時間
            match = re.search(r'response_time: ([\d.]+)', line)
            if match:
                response_time = float(match.group(1))
                response_times.append(response_time)

    if response_times:
        avg_time = sum(response_times) / len(response_times)
        max_time = max(response_times)
        min_time = min(response_times)

        print(f"Average response time: {avg_time:.2f}ms")
        print(f"Max response time: {max_time:.2f}ms")
        print(f"Min response time: {min_time:.2f}ms")


def analyze_error_logs_of_the_handbook(log_file):
    error_patterns = Counter()

    with open(log_file, 'r') as f:
        for line in f:
            if '[http_client]' in line and 'error' in line.lower():
                # 提取錯誤類型
                error_type = extract_error_type(line)
                error_patterns[error_type] += 1

    return error_patterns


def analyze_performance_logs(log_file):
    response_times = []

    with open(log_file, 'r') as f:
        for line in f:
            if 'response_time' in line:
                time = extract_response_time(line)
                response_times.append(time)

    return {
        'avg_response_time': sum(response_times) / len(response_times),
        'max_response_time': max(response_times),
        'min_response_time': min(response_times),
    }


def extract_error_type(line):
    """What the handbook leaves to the reader."""
    return re.search(r'\[http_client\] (?:HTTP )?(\w+)', line)[1]


def extract_response_time(line):
    """What the handbook leaves to the reader."""
    return float(line.rpartition('response_time: ')[2])
